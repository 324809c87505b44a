"""dlt source of OneRoster 1.1 and 1.2: one resource per entity of `mapping.yml`, from bundles or a REST service."""

from collections.abc import Callable, Iterable, Iterator

import dlt
import pyarrow as pa
from dlt.extract import DltResource

from ingestion.district import District
from ingestion.landing_log import LandingLog
from ingestion.sources.delivered_source import delivered_resources
from ingestion.sources.oneroster.bundle_rows import SYSTEM, read_bundled_entity
from ingestion.sources.oneroster.rest_rows import OneRosterService, read_rest_entity


@dlt.source(name=SYSTEM)
def oneroster_source(
    read_district: Callable[[], District],
    log: LandingLog,
    school_years: frozenset[int] | None = None,
) -> Iterable[DltResource]:
    """Raw tables `oneroster__<entity>`; arguments as in `delivered_resources`.

    The district file decides: with `connection.base_url` the service is asked, otherwise bundles are read.
    """
    services: list[OneRosterService] = []

    def read(
        system: str, name: str, district: District, log: LandingLog, years: frozenset[int] | None
    ) -> Iterator[pa.Table]:
        if not district.deliveries_of(system, name):
            return
        if "base_url" in district.sources[system].connection:
            # One service for all entities, so that they share a token.
            if not services:
                services.append(OneRosterService.of(district))
            yield from read_rest_entity(name, services[0], log)
        else:
            # What the service told is replaced now, so changes since then would not be enough any more.
            dlt.current.source_state().pop("rest", None)
            yield from read_bundled_entity(system, name, district, log, years)

    return delivered_resources(SYSTEM, read_district, log, school_years, read)
