"""A run that is killed at any stage leaves what is served intact, and the next run succeeds."""

import pytest

from orchestration.run_display import STEP_TITLES
from tests.end_to_end.stocktake import Stocktake

QUESTION = "/v1/query?metrics=chronic_absence_rate,enrollment,proficiency_rate_math&group_by=grade_level"


def assert_serves(district: Stocktake, pointer: dict[str, object], figures: object) -> None:
    assert district.pointer() == pointer
    assert district.get(QUESTION)["data"] == figures


@pytest.mark.parametrize(
    "stages",
    [
        pytest.param(("land_oneroster", "dbt_build", "serving__snapshot"), id="some"),
        pytest.param(tuple(STEP_TITLES), id="all", marks=pytest.mark.slow),
    ],
)
def test_runs_killed_one_stage_after_the_other_harm_nothing(own_district: Stocktake, stages: tuple[str, ...]) -> None:
    """Each killed run starts on what the one before left behind; the last is allowed to end."""
    district = own_district
    pointer, figures = district.pointer(), district.get(QUESTION)["data"]
    for stage in stages:
        district.kill_run_at(STEP_TITLES[stage])
        now = district.pointer()
        if stage == "serving__snapshot":
            # The pointer moves in one step, so this run either has published or has not.
            assert district.get(QUESTION)["data"] == figures
        else:
            assert_serves(district, pointer, figures)
        pointer = now
    district.run()
    assert district.pointer()["snapshot_id"] != pointer["snapshot_id"]
    assert district.get(QUESTION)["data"] == figures


@pytest.mark.slow
@pytest.mark.parametrize("title", STEP_TITLES.values())
def test_the_run_after_a_killed_one_succeeds(own_district: Stocktake, title: str) -> None:
    district = own_district
    figures = district.get(QUESTION)["data"]
    district.kill_run_at(title)
    district.run()
    assert district.get(QUESTION)["data"] == figures
