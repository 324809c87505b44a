"""dlt source of the assessment result files: one resource per entity of `mapping.yml`."""

from collections.abc import Callable, Iterable

import dlt
from dlt.extract import DltResource

from ingestion.district import District
from ingestion.landing_log import LandingLog
from ingestion.sources.assessment_files.recognition import with_recognised_files
from ingestion.sources.delivered_source import delivered_resources


@dlt.source(name="assessment_files")
def assessment_files_source(
    read_district: Callable[[], District],
    log: LandingLog,
    school_years: frozenset[int] | None = None,
) -> Iterable[DltResource]:
    """Raw tables `assessment_files__<entity>`; arguments as in `delivered_resources`.

    Where the district file says so, the layout of each file is found by its headers when extraction starts.
    """
    return delivered_resources("assessment_files", lambda: with_recognised_files(read_district()), log, school_years)
