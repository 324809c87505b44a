"""The weekly scorecard on data quality of each school."""

from datetime import UTC, datetime

import dagster as dg

from orchestration.asset_keys import SCORECARDS, TEAM, VALIDATION
from orchestration.defs.ingest.assets import current_district
from orchestration.resources import Warehouse
from orchestration.settings import serving_dir
from quality.scorecards import SCORECARDS_NAME, write_scorecards


@dg.asset(
    key=SCORECARDS,
    deps=[VALIDATION],
    description="For each school a page and a table of what is to be mended in its data, and what changed in a week.",
    group_name="serving",
    owners=[TEAM],
    kinds={"html", "csv"},
    tags={"layer": "serving"},
)
def scorecards(warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """Write them; the alerts sensor mails them to the people of each school."""
    now = datetime.now(UTC)
    with warehouse.connect() as connection:
        schools = write_scorecards(connection, serving_dir(), district=current_district().district.name, now=now)
    folder = serving_dir() / SCORECARDS_NAME / f"{now:%Y-%m-%d}"
    return dg.MaterializeResult(metadata={"schools": schools, "folder": dg.MetadataValue.path(str(folder))})
