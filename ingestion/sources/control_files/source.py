"""dlt source of the control files that systems send beside their data: one resource per entity of `mapping.yml`."""

from collections.abc import Callable, Iterable

import dlt
from dlt.extract import DltResource

from ingestion.district import District
from ingestion.landing_log import LandingLog
from ingestion.sources.delivered_source import delivered_resources


@dlt.source(name="control_files")
def control_files_source(
    read_district: Callable[[], District],
    log: LandingLog,
    school_years: frozenset[int] | None = None,
) -> Iterable[DltResource]:
    """Raw tables `control_files__<entity>`; arguments as in `delivered_resources`."""
    return delivered_resources("control_files", read_district, log, school_years)
