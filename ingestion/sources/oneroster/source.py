"""dlt source of OneRoster bundles: one resource per entity of `mapping.yml`."""

from collections.abc import Callable, Iterable

import dlt
from dlt.extract import DltResource

from ingestion.district import District
from ingestion.landing_log import LandingLog
from ingestion.sources.delivered_source import delivered_resources
from ingestion.sources.oneroster.bundle_rows import read_bundled_entity


@dlt.source(name="oneroster")
def oneroster_source(
    read_district: Callable[[], District],
    log: LandingLog,
    school_years: frozenset[int] | None = None,
) -> Iterable[DltResource]:
    """Raw tables `oneroster__<entity>`; arguments as in `delivered_resources`."""
    return delivered_resources("oneroster", read_district, log, school_years, read_bundled_entity)
