"""dlt source of the state's direct certification files: one resource per entity of `mapping.yml`."""

from collections.abc import Callable, Iterable

import dlt
from dlt.extract import DltResource

from ingestion.district import District
from ingestion.landing_log import LandingLog
from ingestion.sources.delivered_source import delivered_resources


@dlt.source(name="direct_certification_files")
def direct_certification_files_source(
    read_district: Callable[[], District],
    log: LandingLog,
    school_years: frozenset[int] | None = None,
) -> Iterable[DltResource]:
    """Raw tables `direct_certification_files__<entity>`; arguments as in `delivered_resources`."""
    return delivered_resources("direct_certification_files", read_district, log, school_years)
