"""Metrics of staff, of staffing and of the district's routines, which have no lenses of students."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from tests.api.serving_folder import (
    generate_invitations,
    generate_routines,
    generate_staff,
    generate_staffing,
    generate_training,
)


class Recipe(NamedTuple):
    """Which columns a metric counts, written down here once more so as not to ask the manifest."""

    table: Callable[[], pd.DataFrame]
    numerator: str
    denominator: str
    people: str


def stocktakes() -> pd.DataFrame:
    return generate_routines("stocktake_by_scope_key")


def actions() -> pd.DataFrame:
    return generate_routines("practice_action_by_scope_key")


STAFF_METRICS = {
    "teacher_retention_rate": Recipe(generate_staff, "is_retained_teacher", "was_teacher_before", "was_teacher_before"),
    "teacher_inexperienced_rate": Recipe(
        generate_staff, "teacher_fte_inexperienced", "teacher_fte_known", "is_experience_known"
    ),
    "training_completion_rate": Recipe(generate_training, "is_completed", "is_enrolled", "trainee_key"),
    "teacher_vacancy_rate": Recipe(
        generate_staffing, "unfilled_teacher_fte", "budgeted_teacher_fte", "known_teacher_positions"
    ),
    "student_teacher_ratio": Recipe(
        generate_staffing, "students_with_teachers", "teacher_fte_on_census", "students_with_teachers"
    ),
    "survey_response_rate": Recipe(generate_invitations, "responded", "invited", "invited"),
    "stocktakes_on_time_rate": Recipe(stocktakes, "is_on_time", "is_due", "is_due"),
    "actions_on_time_rate": Recipe(actions, "is_on_time", "is_due", "is_due"),
}


def recount(metric: str, lens: str | None) -> dict[Any, tuple[float, float, int]]:
    recipe = STAFF_METRICS[metric]
    table = recipe.table()
    rows = table[(table["scope"] == ("district" if lens is None else "school")) & (table["school_year"] == 2026)]
    counted = {}
    for member, part in [(None, rows)] if lens is None else rows.groupby(lens):
        people = part[recipe.people].nunique() if recipe.people == "trainee_key" else int(part[recipe.people].sum())
        counted[member] = (float(part[recipe.numerator].sum()), float(part[recipe.denominator].sum()), people)
    return counted


@pytest.mark.parametrize("lens", [None, "school", "school_level"])
@pytest.mark.parametrize("metric", STAFF_METRICS)
def test_every_figure_equals_a_recount(client: TestClient, metric: str, lens: str | None) -> None:
    parameters = {"metrics": metric, "school_year": "2026", **({"group_by": lens} if lens else {})}
    rows = client.get("/v1/query", params=parameters).json()["data"]
    expected = recount(metric, lens)
    assert len(rows) == len(expected)
    for row in rows:
        numerator, denominator, people = expected[row[lens] if lens else None]
        if 0 < people < 10:
            assert row["suppressed"]
        else:
            assert (row["numerator"], row["denominator"], row["n_students"]) == (numerator, denominator, people)


def test_nobody_can_be_retained_in_the_first_year(client: TestClient) -> None:
    (row,) = client.get("/v1/query", params={"metrics": "teacher_retention_rate", "school_year": "2025"}).json()["data"]
    assert (row["value"], row["value_state"]) == (None, "no_data")


def test_a_school_is_looked_at_through_students_and_staff_at_once(client: TestClient) -> None:
    metrics = "enrollment,teacher_retention_rate,climate_favorability,training_completion_rate"
    answer = client.get("/v1/query", params={"metrics": metrics, "group_by": "school"}).json()
    assert {row["metric"] for row in answer["data"] if row["school"] == "9"} == set(metrics.split(","))


def test_staff_have_no_student_lenses(client: TestClient) -> None:
    response = client.get("/v1/query", params={"metrics": "teacher_retention_rate", "group_by": "race_ethnicity"})
    assert "not defined by 'race_ethnicity'" in response.text


def test_a_ratio_is_not_of_a_hundred(client: TestClient) -> None:
    (row,) = client.get("/v1/query", params={"metrics": "student_teacher_ratio"}).json()["data"]
    assert row["value"] == pytest.approx(row["numerator"] / row["denominator"], abs=0.05)
    assert client.get("/v1/metrics/student_teacher_ratio").json()["unit"] == "students_per_teacher"


def test_respondents_are_a_lens_of_the_response_rate(client: TestClient) -> None:
    answer = client.get("/v1/query", params={"metrics": "survey_response_rate", "group_by": "respondent_type"}).json()
    table = generate_invitations()
    rows = table[(table["scope"] == "district") & (table["school_year"] == 2026)]
    assert {row["respondent_type"]: (row["numerator"], row["denominator"]) for row in answer["data"]} == {
        kind: (part["responded"].sum(), part["invited"].sum()) for kind, part in rows.groupby("respondent_type")
    }
