"""Figures by baseline membership: students stay in the group of the earliest year asked for."""

from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient

METRIC = "chronic_absence_rate"
ABSENT_THEN = "not_enrolled_at_baseline"
Counts = tuple[int | None, int | None]


def ask(client: TestClient, **parameters: Any) -> Any:
    return client.get(
        "/v1/query", params={"metrics": METRIC, "membership": "baseline", "school_year": "2025,2026", **parameters}
    )


def at_baseline(students: pd.DataFrame, *lenses: str) -> pd.DataFrame:
    """Rows with the lenses of 2025 in place of their own."""
    own = (students["scope"] == "district") & (students["school_year"] == 2025)
    then = students.loc[own, ["student_key", *lenses]]
    joined = students.drop(columns=list(lenses)).merge(then, on="student_key", how="left")
    return joined.fillna(dict.fromkeys(lenses, ABSENT_THEN))


def recount(rows: pd.DataFrame, *groups: str) -> dict[Any, Counts]:
    counted = {}
    for group, part in rows.groupby(["school_year", *groups]):
        above, below = (
            int(part[name].sum()) for name in ("is_chronically_absent_federal", "is_chronic_eligible_federal")
        )
        unknown = int(part["is_attendance_unknown"].sum())
        hidden = 0 < (below or unknown) < 10
        counted[group] = (None, None) if hidden else (above if below else None, below)
    return counted


def found(response: Any, *groups: str) -> dict[Any, Counts]:
    assert response.status_code == 200, response.text
    return {
        (row["school_year"], *(row[name] for name in groups)): (row["numerator"], row["denominator"])
        for row in response.json()["data"]
    }


@pytest.mark.parametrize("lens", ["english_learner", "el_status", "economic_basis", "race_ethnicity"])
def test_each_year_has_the_groups_of_the_first(client: TestClient, students: pd.DataFrame, lens: str) -> None:
    rows = at_baseline(students[students["scope"] == "district"], lens)
    figures = found(ask(client, group_by=lens), lens)
    assert figures == recount(rows, lens)
    assert (2026, ABSENT_THEN) in figures and (2025, ABSENT_THEN) not in figures
    of_own_year = client.get("/v1/query", params={"metrics": METRIC, "school_year": "2025,2026", "group_by": lens})
    differs = {key: value for key, value in found(of_own_year, lens).items() if figures.get(key) != value}
    assert differs and {year for year, _ in differs} == {2026}


def test_two_lenses_and_a_filter_are_all_of_the_first_year(client: TestClient, students: pd.DataFrame) -> None:
    rows = at_baseline(students[students["scope"] == "district"], "english_learner", "disability", "gender")
    chosen = rows[rows["gender"].isin(["female", ABSENT_THEN])]
    response = ask(client, group_by="english_learner,disability", filter=f"gender:female,{ABSENT_THEN}")
    assert found(response, "english_learner", "disability") == recount(chosen, "english_learner", "disability")


def test_a_school_is_that_of_each_year(client: TestClient, students: pd.DataFrame) -> None:
    rows = at_baseline(students, "english_learner")
    chosen = rows[(rows["scope"] == "school") & (rows["school"] == "9")]
    response = ask(client, group_by="english_learner", filter="school:9")
    assert found(response, "english_learner") == recount(chosen, "english_learner")
    assert response.json()["meta"]["scope"] == "school"


def test_the_answer_says_which_membership_was_used(client: TestClient) -> None:
    meta = ask(client, group_by="english_learner").json()["meta"]
    assert (meta["membership"], meta["baseline_year"]) == ("baseline", 2025)
    assert any("those of 2025 in every year" in notice for notice in meta["notices"])
    plain = client.get("/v1/query", params={"metrics": METRIC, "group_by": "english_learner"}).json()["meta"]
    assert (plain["membership"], plain["baseline_year"]) == ("own_year", None)


@pytest.mark.parametrize(
    ("parameters", "detail"),
    [
        ({"group_by": "grade_level"}, "'grade_level' has no baseline"),
        ({"group_by": "english_learner,program"}, "'program' has no baseline"),
        ({"group_by": "english_learner", "filter": "region:North"}, "'region' has no baseline"),
        ({}, "no dimension whose members have one"),
        ({"group_by": "school"}, "no dimension whose members have one"),
        ({"metrics": "climate_favorability", "group_by": "race_ethnicity"}, "follows nobody from year to year"),
    ],
)
def test_what_has_no_baseline_is_refused(client: TestClient, parameters: dict[str, str], detail: str) -> None:
    response = ask(client, **parameters)
    assert response.status_code == 422
    problem = response.json()
    assert problem["type"] == "/docs#dimension-not-allowed"
    assert detail in problem["detail"]
    assert problem["where"] == "query parameter 'membership'" and problem["remedy"]


def test_the_member_of_those_who_were_not_there_is_only_for_baselines(client: TestClient) -> None:
    parameters = {"metrics": METRIC, "filter": f"english_learner:{ABSENT_THEN}"}
    assert client.get("/v1/query", params=parameters).status_code == 422
    assert client.get("/v1/query", params={**parameters, "membership": "baseline"}).status_code == 200


def test_membership_has_two_values(client: TestClient) -> None:
    response = client.get("/v1/query", params={"metrics": METRIC, "membership": "last_year"})
    assert response.status_code == 422
    assert response.json()["type"] == "/docs#malformed-request"


def test_lenses_say_whether_they_have_a_baseline(client: TestClient) -> None:
    dimensions = {one["id"]: one["has_baseline"] for one in client.get("/v1/dimensions").json()["data"]}
    for leaky in ("english_learner", "el_status", "disability", "economic_disadvantage", "attendance_band"):
        assert dimensions[leaky]
    for without in ("school", "grade_level", "program", "race_spd15", "prior_attendance_band"):
        assert not dimensions[without]
