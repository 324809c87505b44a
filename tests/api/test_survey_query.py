"""Metrics that are counted from answers to a survey, alone and beside those of students."""

from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from tests.api.serving_folder import generate_survey

METRIC = "climate_favorability"


def recount(survey: pd.DataFrame, lens: str, year: int) -> dict[str, tuple[Any, ...]]:
    scope = "school" if lens in ("school", "school_level") else "district"
    rows = survey[(survey["scope"] == scope) & (survey["school_year"] == year)]
    counted: dict[str, tuple[Any, ...]] = {}
    for member, part in rows.groupby(lens):
        respondents = part["survey_response_key"].nunique()
        shown = (int(part["is_favorable"].sum()), len(part), respondents)
        counted[str(member)] = shown if respondents >= 10 else (None, None, None)
    return counted


@pytest.mark.parametrize(
    "lens", ["school", "school_level", "grade_level", "race_ethnicity", "respondent_type", "survey_topic"]
)
def test_answers_by_every_lens_equal_a_recount(client: TestClient, lens: str) -> None:
    answer = client.get("/v1/query", params={"metrics": METRIC, "group_by": lens, "school_year": "2025"}).json()
    found = {row[lens]: (row["numerator"], row["denominator"], row["n_students"]) for row in answer["data"]}
    assert found == recount(generate_survey(), lens, 2025)


def test_too_few_respondents_are_not_shown_however_many_answers_they_gave(client: TestClient) -> None:
    parameters = {"metrics": METRIC, "group_by": "respondent_type,school", "school_year": "2026"}
    rows = client.get("/v1/query", params=parameters).json()["data"]
    families = [row for row in rows if row["respondent_type"] == "family"]
    assert families
    assert all(row["suppressed"] and row["value"] is None for row in families)


def test_students_and_answers_are_asked_for_together(client: TestClient) -> None:
    both = {"metrics": f"chronic_absence_rate,{METRIC}", "group_by": "race_ethnicity"}
    together = client.get("/v1/query", params=both).json()["data"]
    for metric in both["metrics"].split(","):
        alone = client.get("/v1/query", params={**both, "metrics": metric}).json()["data"]
        assert [row for row in together if row["metric"] == metric] == alone
    members = [row["race_ethnicity"] for row in together]
    assert "asian" in members, "a group that no respondent named still has its students"


def test_a_lens_that_nobody_was_asked_for_is_refused(client: TestClient) -> None:
    response = client.get("/v1/query", params={"metrics": METRIC, "group_by": "disability"})
    assert response.status_code == 422
    assert "not defined by 'disability'" in response.text
    assert "survey_topic" in response.text
