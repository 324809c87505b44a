"""Graduation rates, which are counted from cohorts and have the lenses of students but those of one year."""

from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from tests.api.serving_folder import generate_cohorts

COHORT_METRICS = ("acgr_4yr", "acgr_5yr")
LENSES = (
    "school",
    "school_level",
    "race_ethnicity",
    "gender",
    "english_learner",
    "disability",
    "economic_disadvantage",
    "homeless",
)


def recount(metric: str, lens: str | None) -> dict[Any, tuple[int, int, int]]:
    """Graduates, members and unknown of 2026 by member of the lens."""
    table = generate_cohorts()
    scope = "school" if lens in ("school", "school_level") else "district"
    rows = table[(table["scope"] == scope) & (table["school_year"] == 2026)]
    parts: list[tuple[Any, pd.DataFrame]] = [(None, rows)] if lens is None else list(rows.groupby(lens))
    return {
        member: tuple(int(part[f"is_{metric}_{count}"].sum()) for count in ("graduate", "eligible", "unknown"))
        for member, part in parts
    }


@pytest.mark.parametrize("lens", [None, *LENSES])
@pytest.mark.parametrize("metric", COHORT_METRICS)
def test_every_figure_equals_a_recount(client: TestClient, metric: str, lens: str | None) -> None:
    parameters = {"metrics": metric, "school_year": "2026", **({"group_by": lens} if lens else {})}
    rows = client.get("/v1/query", params=parameters).json()["data"]
    expected = recount(metric, lens)
    assert len(rows) == len(expected)
    for row in rows:
        graduates, members, unknown = expected[row[lens] if lens else None]
        if 0 < members < 10:
            assert row["suppressed"]
        else:
            assert (row["numerator"], row["denominator"], row["n_unknown"]) == (graduates, members, unknown)


def test_a_cohort_has_no_grade_and_no_attendance(client: TestClient) -> None:
    for lens in ("grade_level", "attendance_band"):
        response = client.get("/v1/query", params={"metrics": "acgr_4yr", "group_by": lens})
        assert f"not defined by '{lens}'" in response.text


def test_both_lengths_are_variants_of_one_metric(client: TestClient) -> None:
    definition = client.get("/v1/metrics/acgr_5yr").json()
    assert [variant["id"] for variant in definition["variants"]] == list(COHORT_METRICS)
