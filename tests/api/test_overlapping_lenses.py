"""Lenses of which a student may be in several groups, against a recount in pandas."""

from itertools import combinations
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient

METRIC = "chronic_absence_rate"
OVERLAPPING = ("race_spd15", "program", "program_dosage")
Counts = tuple[int | None, int | None]


def ask(client: TestClient, **parameters: Any) -> dict[str, Any]:
    response = client.get("/v1/query", params={"metrics": METRIC, **parameters})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def spread(rows: pd.DataFrame, lenses: tuple[str, ...]) -> pd.DataFrame:
    """Each row once for each group of each overlapping lens among `lenses`."""
    for lens in set(lenses) & set(OVERLAPPING):
        rows = rows.assign(**{lens: rows[lens].str.strip("|").str.split("|")}).explode(lens)
    return rows


def recount(students: pd.DataFrame, lenses: tuple[str, ...], year: int = 2026) -> dict[tuple[str, ...], Counts]:
    rows = students[(students["scope"] == ("school" if "school" in lenses else "district"))]
    rows = spread(rows[rows["school_year"] == year], lenses)
    counted: dict[tuple[str, ...], Counts] = {}
    for group, part in rows.groupby(list(lenses)):
        above, below = (
            int(part[name].sum()) for name in ("is_chronically_absent_federal", "is_chronic_eligible_federal")
        )
        unknown = int(part["is_attendance_unknown"].sum())
        hidden = 0 < (below or unknown) < 10
        shown: Counts = (None, None) if hidden else (above if below else None, below)
        counted[group if isinstance(group, tuple) else (group,)] = shown
    return counted


def found(answer: dict[str, Any], lenses: tuple[str, ...]) -> dict[tuple[str, ...], Counts]:
    return {tuple(row[lens] for lens in lenses): (row["numerator"], row["denominator"]) for row in answer["data"]}


@pytest.mark.parametrize("lens", OVERLAPPING)
def test_a_student_counts_in_every_group(client: TestClient, students: pd.DataFrame, lens: str) -> None:
    answer = ask(client, group_by=lens)
    assert found(answer, (lens,)) == recount(students, (lens,))
    in_groups = sum(row["denominator"] or 0 for row in answer["data"])
    (total,) = ask(client)["data"]
    assert in_groups > total["denominator"], "otherwise no student of the sample is in two groups"


@pytest.mark.parametrize(
    "lenses",
    [*combinations(("race_spd15", "program", "gender", "school"), 2), ("gender", "race_spd15", "english_learner")],
    ids="-".join,
)
def test_overlapping_groups_cross_with_others(
    client: TestClient, students: pd.DataFrame, lenses: tuple[str, ...]
) -> None:
    answer = ask(client, group_by=",".join(lenses))
    assert found(answer, lenses) == recount(students, lenses)


def test_a_filter_means_in_any_of_the_groups(client: TestClient, students: pd.DataFrame) -> None:
    is_chosen = students["race_spd15"].str.contains("|asian|", regex=False) | students["race_spd15"].str.contains(
        "|black|", regex=False
    )
    answer = ask(client, group_by="gender", filter="race_spd15:black,asian")
    assert found(answer, ("gender",)) == recount(students[is_chosen], ("gender",))
    assert answer["meta"]["filters"] == [{"dimension": "race_spd15", "members": ["asian", "black"]}]


def test_a_group_is_not_found_in_the_name_of_another(client: TestClient, students: pd.DataFrame) -> None:
    """`AFTER` is a part of `AFTER:low`, and no group of the lens with dosage."""
    response = client.get("/v1/query", params={"metrics": METRIC, "filter": "program_dosage:AFTER"})
    assert response.status_code == 422
    assert response.json()["type"] == "/docs#unknown-member"


def test_the_answer_says_that_groups_overlap(client: TestClient) -> None:
    meta = ask(client, group_by="gender,program")["meta"]
    assert meta["overlapping"] == ["program"]
    assert any("do not add up" in notice for notice in meta["notices"])
    assert ask(client, group_by="gender")["meta"]["overlapping"] == []


def test_groups_are_listed_as_the_data_name_them_and_labelled_as_overlapping(client: TestClient) -> None:
    dimensions = {one["id"]: one for one in client.get("/v1/dimensions").json()["data"]}
    assert {name for name, one in dimensions.items() if one["kind"] == "multi"} == set(OVERLAPPING)
    assert dimensions["program"]["members"] == [
        {"value": "AFTER", "label": "After-School"},
        {"value": "ELD", "label": "English Language Development"},
        {"value": "TUTOR", "label": "Tutoring"},
        {"value": "none", "label": "In no programme"},
        {"value": "unknown", "label": "Unknown"},
    ]


def test_rows_of_overlapping_groups_follow_the_catalogue(client: TestClient) -> None:
    answer = ask(client, group_by="race_spd15", school_year="all")
    members = {
        dimension["id"]: [member["value"] for member in dimension["members"]]
        for dimension in client.get("/v1/dimensions").json()["data"]
    }
    places = [(row["school_year"], members["race_spd15"].index(row["race_spd15"])) for row in answer["data"]]
    assert places == sorted(places)


def test_a_crossing_of_too_many_groups_is_refused_before_it_is_counted(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.semantic.flat_queries.MAX_QUERIES", 20)
    response = client.get("/v1/query", params={"metrics": METRIC, "group_by": "race_spd15,program"})
    assert response.status_code == 422
    assert response.json()["type"] == "/docs#too-much-asked"
    assert "race_spd15 and program" in response.json()["detail"]
