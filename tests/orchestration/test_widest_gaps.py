"""The summary leads with the widest gaps that may be compared."""

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from orchestration.widest_gaps import MINIMUM_STUDENTS, Gap, widest_gaps


def metric(id_: str, **differing: str) -> dict[str, str]:
    return {"metric_id": id_, "title": id_.title(), "unit": "percent", "variant_of": id_, **differing}


def gap(metric_id: str, member: str, adverse_gap: float | None, **differing: Any) -> dict[str, Any]:
    return {
        "metric_id": metric_id, "school_year": 2026, "organization_level": "district", "organization": "district",
        "dimension": "race_ethnicity", "member": member, "comparator": "all_others", "value": 30.0,
        "comparator_value": 12.5, "adverse_gap": adverse_gap, "n_students": 100, "comparator_n_students": 400,
        **differing,
    }  # fmt: skip


METRICS = [
    metric("absence"),
    metric("suspension"),
    metric("held"),
    metric("absence_ca", variant_of="absence"),
    metric("score", unit="points"),
]


@pytest.fixture
def ask(tmp_path: Path) -> Any:
    def ask_of(*gaps: dict[str, Any]) -> list[Gap]:
        file = tmp_path / "district.duckdb"
        with duckdb.connect(str(file)) as connection:
            connection.register("metrics", pd.DataFrame(METRICS))
            connection.register("gaps", pd.DataFrame(gaps))
            connection.execute("create schema marts")
            connection.execute("create table marts.dim_metric as from metrics")
            connection.execute("create table marts.mart_metric_gap as from gaps")
        return widest_gaps(file, ["absence", "suspension", "absence_ca", "score"])

    return ask_of


def test_each_metric_and_dimension_has_its_widest_and_the_widest_leads(ask: Any) -> None:
    found = ask(
        gap("absence", "black", 5.0),
        gap("absence", "asian", 9.0),
        gap("absence", "yes", 3.0, dimension="homeless"),
        gap("suspension", "asian", 17.5),
    )
    assert [(one.metric, one.dimension, one.member) for one in found] == [
        ("suspension", "race_ethnicity", "asian"),
        ("absence", "race_ethnicity", "asian"),
        ("absence", "homeless", "yes"),
    ]
    assert found[0] == Gap("suspension", "Suspension", "race_ethnicity", "asian", 30.0, 12.5, 17.5, 100)


@pytest.mark.parametrize(
    "left_out",
    [
        gap("absence", "unknown", 30.0),
        gap("absence", "black", -3.0),
        gap("absence", "black", None),
        gap("absence", "black", 30.0, n_students=MINIMUM_STUDENTS - 1),
        gap("absence", "black", 30.0, comparator_n_students=MINIMUM_STUDENTS - 1),
        gap("absence", "09", 30.0, dimension="grade_level"),
        gap("absence", "black", 30.0, comparator="reference"),
        gap("absence", "black", 30.0, organization_level="school"),
        gap("absence", "black", 30.0, school_year=2025),
        gap("absence_ca", "black", 30.0),
        gap("score", "black", 30.0),
        gap("held", "black", 30.0),
    ],
    ids=lambda row: f"{row['metric_id']}-{row['member']}-{row['dimension']}-{row['comparator']}-{row['n_students']}",
)
def test_what_may_not_be_compared_is_left_out(ask: Any, left_out: dict[str, Any]) -> None:
    assert [one.member for one in ask(left_out, gap("suspension", "asian", 1.0))] == ["asian"]
