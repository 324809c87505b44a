"""The state of an answer follows from the windows that cover all of its figures."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from tests.api.serving_folder import SECOND, ServingFolder

ClientOf = Callable[..., TestClient]


def window(state: str, school_year: int = 2026, schools: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "window": f"w{school_year}",
        "title": "W",
        "school_year": school_year,
        "schools": list(schools),
        "state": state,
        "version": None,
        "since": "2026-06-12T16:40:00Z",
    }


@pytest.mark.parametrize(
    ("query", "state"),
    [
        ("school_year=2026", "certified"),
        ("school_year=2025", "frozen"),
        ("school_year=all", "certified"),
        ("school_year=2026&group_by=gender", "certified"),
        ("school_year=2026&group_by=school,gender", "certified"),
        ("school_year=2026&group_by=gender,race_ethnicity", "validated"),
        ("school_year=2026&group_by=gender&filter=race_ethnicity:white", "validated"),
        ("school_year=all&membership=baseline&group_by=english_learner", "validated"),
    ],
)
def test_the_state_is_that_of_the_years_and_groups_asked_for(
    folder: ServingFolder, students: pd.DataFrame, client_of: ClientOf, query: str, state: str
) -> None:
    folder.write_snapshot(SECOND, students)
    windows = [window("certified"), window("frozen", 2025)]
    folder.point(SECOND, overrides={"attendance_rate": {"state": "certified", "windows": windows}})
    client = client_of(folder)
    meta = client.get(f"/v1/query?metrics=attendance_rate&{query}").json()["meta"]
    assert meta["verification_state"] == meta["metrics"]["attendance_rate"]["state"] == state
    assert [one["state"] for one in meta["metrics"]["attendance_rate"]["windows"]] == ["certified", "frozen"]
    both = client.get(f"/v1/query?metrics=attendance_rate,absence_rate&{query}").json()["meta"]
    assert both["verification_state"] == "validated", "the lowest of the metrics"


@pytest.mark.parametrize(
    ("query", "state"),
    [
        ("group_by=school", "validated"),
        ("filter=school:9", "certified"),
        ("filter=school:9,10", "certified"),
        ("filter=school:9,11", "validated"),
        ("", "validated"),
    ],
)
def test_a_window_of_schools_covers_these_schools_only(
    folder: ServingFolder, students: pd.DataFrame, client_of: ClientOf, query: str, state: str
) -> None:
    folder.write_snapshot(SECOND, students)
    schools = [window("certified", schools=("9", "10"))]
    folder.point(SECOND, overrides={"attendance_rate": {"windows": schools}})
    meta = client_of(folder).get(f"/v1/query?metrics=attendance_rate&school_year=2026&{query}").json()["meta"]
    assert meta["verification_state"] == state


def test_a_metric_tells_of_all_its_windows(folder: ServingFolder, students: pd.DataFrame, client_of: ClientOf) -> None:
    folder.write_snapshot(SECOND, students)
    folder.point(SECOND, overrides={"attendance_rate": {"state": "reviewed", "windows": [window("reviewed")]}})
    client = client_of(folder)
    for found in (
        client.get("/v1/metrics/attendance_rate").json()["certification"],
        client.get("/v1/status").json()["metrics"]["attendance_rate"],
    ):
        assert (found["state"], found["windows"]) == ("reviewed", [window("reviewed")])
