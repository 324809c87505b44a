"""The jobs that refresh everything, judge it again or write scorecards, and their schedules."""

from datetime import UTC, datetime

import dagster as dg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
)

from ingestion.errors import DistrictFileError
from orchestration.asset_keys import SCORECARDS
from orchestration.defs.ingest.assets import current_district
from orchestration.settings import OrchestrationSettings

JOB_NAME = "refresh_district"
REPLAY_JOB_NAME = "replay_quarantine"
SCORECARDS_JOB_NAME = "write_scorecards"

_EVERY_RUN = dg.AssetSelection.all() - dg.AssetSelection.assets(SCORECARDS)

refresh_district = dg.define_asset_job(
    JOB_NAME,
    selection=_EVERY_RUN,
    description="Land, verify, transform, validate and publish everything.",
)

replay_quarantine = dg.define_asset_job(
    REPLAY_JOB_NAME,
    selection=_EVERY_RUN - dg.AssetSelection.groups("sources", "raw"),
    description="Judge again what has landed and build what follows, so that a correction of codes or waivers counts.",
)

write_scorecards = dg.define_asset_job(
    SCORECARDS_JOB_NAME,
    selection=dg.AssetSelection.assets(SCORECARDS),
    description="Write the scorecard on data quality of each school.",
)


def school_year_tags(first: str, last: str) -> dict[str, str]:
    """Run tags that make one run cover the yearly deliveries of a range of school years."""
    return {ASSET_PARTITION_RANGE_START_TAG: first, ASSET_PARTITION_RANGE_END_TAG: last}


def all_school_years() -> dict[str, str]:
    """Run tags of a run over every school year."""
    years = OrchestrationSettings().school_years(datetime.now(UTC).date())
    return school_year_tags(years[0], years[-1])


def _timezone() -> str:
    try:
        return current_district().district.timezone
    except DistrictFileError:
        # The definitions must load before there is a district.
        return "UTC"


@dg.schedule(
    name="nightly_refresh",
    job_name=JOB_NAME,
    cron_schedule=OrchestrationSettings().nightly_at,
    execution_timezone=_timezone(),
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Every night: re-read the current school year's files and everything that is not yearly.",
)
def nightly_refresh(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Closed school years are not read again; backfill their partition when a correction arrives."""
    current = OrchestrationSettings().school_years(context.scheduled_execution_time.date())[-1]
    return dg.RunRequest(tags=school_year_tags(current, current))


weekly_scorecards = dg.ScheduleDefinition(
    name="weekly_scorecards",
    job_name=SCORECARDS_JOB_NAME,
    cron_schedule=OrchestrationSettings().scorecards_at,
    execution_timezone=_timezone(),
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Every week: write each school's scorecard on data quality; it is mailed by the alerts sensor.",
)
