"""From delivered files to the API, every figure equals what was planted."""

import json
from collections import Counter
from typing import Any

import dagster as dg
import pytest

from api.semantic.request import MAX_METRICS
from quality.registry import METRIC_IDS
from tests.end_to_end.hand_written import COMPONENTS
from tests.end_to_end.stocktake import Stocktake


def expected(district: Stocktake, **where: Any) -> list[dict[str, Any]]:
    return [row for row in district.truth["expected"] if all(row[key] == value for key, value in where.items())]


def test_the_run_says_what_it_did(first_run_output: str, district: Stocktake) -> None:
    for words in ("landed", "quarantined", "Checks", "Snapshot", "widest gaps", "make serve"):
        assert words in first_run_output
    assert district.pointer()["snapshot_id"] in first_run_output
    assert "unaccounted" not in first_run_output


def test_every_metric_is_validated(district: Stocktake) -> None:
    metrics = district.get("/v1/metrics")["data"]
    assert {metric["id"] for metric in metrics} == set(METRIC_IDS)
    assert {metric["state"] for metric in metrics} == {"validated"}
    assert not any(metric["held"] for metric in metrics)


# `school_level` is answered at the scope of schools and planted at that of the district, so it is not here.
DIMENSIONS = (
    "grade_level", "race_ethnicity", "gender", "english_learner", "disability",
    "economic_disadvantage", "homeless", "attendance_band", "respondent_type", "survey_topic",
    "el_status", "disability_status", "disability_category", "economic_basis", "foster_care", "migrant",
    "military_family", "gifted", "mobility_status", "prior_performance_ela", "prior_performance_math",
    "prior_attendance_band", "discipline_history", "region", "feeder", "race_spd15", "program", "program_dosage",
)  # fmt: skip
SURVEY_DIMENSIONS = {"respondent_type", "survey_topic"}
"""Few metrics have them, with three and five members a year."""

COUNT_OTHER_THAN_PEOPLE = {"attendance_rate", "tardy_rate", "climate_favorability", "training_completion_rate"}
"""Their denominators count days, answers and courses."""


Key = tuple[str, int, str]
"""Metric, school year, member."""

MINIMUM_N, MINIMUM_N_OF_GROWTH = 10, 20
GROWTH = ("sgp_mean", "low_growth", "high_growth", "catch_up", "keep_up")


def minimum_n(metric: str) -> int:
    """Under how many students a metric is not shown."""
    return MINIMUM_N_OF_GROWTH if metric.startswith(GROWTH) else MINIMUM_N


def key_of(row: dict[str, Any], member: str | None) -> Key:
    return row["metric"], row["school_year"], str(row[member]) if member else "all"


def as_figures(rows: list[dict[str, Any]], dimension: str | None) -> dict[Key, tuple[float, float]]:
    """Numerator and denominator of what is shown; counts have no denominator, and zeros are left out."""
    return {
        key_of(row, dimension): (
            float(row["n_students"] if row["numerator"] is None else row["numerator"]),
            float(row["denominator"] or 0),
        )
        for row in rows
        # A mean may round to zero; what is left out counts nothing.
        if row["value_state"] == "known" and (row["value"] if row["numerator"] is None else row["numerator"]) != 0
    }


def as_truth(rows: list[dict[str, Any]], counts: set[str], dimension: str | None) -> dict[Key, tuple[float, float]]:
    return {
        key_of(row, "member" if dimension else None): (
            float(row["numerator"]),
            0.0 if row["metric"] in counts else float(row["denominator"]),
        )
        for row in rows
        if (row["metric"] in counts or row["denominator"]) and row["numerator"]
    }


def test_metrics_that_are_not_planted_are_made_of_counts_that_are_recounted(district: Stocktake) -> None:
    """A metric that divides known counts in another way needs no truth of its own."""
    recounted = {component for components in COMPONENTS.values() for component in components}
    planted = {row["metric"] for row in expected(district)}
    for metric in district.get("/v1/metrics")["data"]:
        if metric["id"] not in planted:
            formula = district.get(f"/v1/metrics/{metric['id']}")["formula"]
            parts = {formula[part]["id"] for part in ("numerator", "denominator", "n_students") if formula[part]}
            assert parts <= recounted, f"plant the truth of '{metric['id']}', or write its counts in hand_written.py"


@pytest.mark.parametrize("dimension", [None, *DIMENSIONS, "school"])
def test_every_figure_equals_the_planted_truth(district: Stocktake, dimension: str | None) -> None:
    planted = {row["metric"] for row in expected(district)}
    metrics = [
        metric
        for metric in district.get("/v1/metrics")["data"]
        if metric["id"] in planted
        and (dimension is None or dimension in district.get(f"/v1/metrics/{metric['id']}")["dimensions"])
    ]
    counts = {metric["id"] for metric in metrics if metric["unit"] in ("count", "students")}
    grouped = f"&group_by={dimension}" if dimension else ""
    rows: list[dict[str, Any]] = []
    for start in range(0, len(metrics), MAX_METRICS):
        ids = ",".join(metric["id"] for metric in metrics[start : start + MAX_METRICS])
        rows += district.get(f"/v1/query?metrics={ids}&school_year=all{grouped}")["data"]

    scope = "school" if dimension == "school" else "district"
    asked = {metric["id"] for metric in metrics}
    planted = [row for row in expected(district, scope=scope, dimension=dimension) if row["metric"] in asked]
    truth = as_truth(planted, counts, dimension)
    found = as_figures(rows, dimension)
    suppressed = {key_of(row, dimension) for row in rows if row["suppressed"]}

    assert len(truth) > (5 if dimension in SURVEY_DIMENSIONS else 10)
    for key in suppressed & truth.keys():
        numerator, denominator = truth.pop(key)
        if key[0] not in COUNT_OTHER_THAN_PEOPLE:
            assert (denominator or numerator) < minimum_n(key[0]), key
    differing = {
        key: (found.get(key), truth.get(key))
        for key in found.keys() | truth.keys()
        if found.get(key) != pytest.approx(truth.get(key))
    }
    assert differing == {}


def test_every_planted_defect_is_found_on_its_line(district: Stocktake) -> None:
    found = {
        (rule, row_id)
        for rule, row_id in district.warehouse(
            "select rule_id, resource_id from validation.validation_result where stage = 'raw' and resolved_at is null "
            "union all select 'LD-05', source_file || '#' || source_row from raw._unreadable_lines"
        )
    }
    planted = district.truth["dirty"]
    missed = [row for row in planted if (row["rule_id"], f"{row['file'].split('/', 1)[1]}#{row['line']}") not in found]
    assert len(Counter(row["kind"] for row in planted)) >= 25
    assert missed == []


def test_nothing_is_rejected_that_was_not_planted(district: Stocktake) -> None:
    planted = {f"{row['file'].split('/', 1)[1]}#{row['line']}" for row in district.truth["dirty"]}
    rejected = {row_id for (row_id,) in district.warehouse("select row_id from quarantine.rejected_rows")}
    assert rejected - planted == set()


def test_landed_rows_are_staged_or_quarantined(district: Stocktake) -> None:
    snapshot = district.pointer()["snapshot_id"]
    published = json.loads((district.folder / "serving/snapshots" / snapshot / "snapshot.json").read_text())
    assert len(published["balances"]) >= 12
    assert {balance["difference"] for balance in published["balances"]} == {0}


def test_the_planted_gaps_are_visible(district: Stocktake) -> None:
    compared = 0
    for gap in district.truth["planted_gaps"]:
        answer = district.get(
            f"/v1/query?metrics={gap['metric']}&group_by={gap['dimension']}&school_year={gap['school_year']}"
        )
        values = {row[gap["dimension"]]: row["value"] for row in answer["data"]}
        group, reference = values[gap["group"]], values[gap["reference"]]
        if group is None or reference is None:
            assert gap["n_group"] < MINIMUM_N
            continue
        compared += 1
        assert group - reference == pytest.approx(gap["expected_gap"], abs=0.11)
    assert compared >= 12


def test_answers_say_as_of_when_and_from_where(district: Stocktake) -> None:
    meta = district.get("/v1/query?metrics=attendance_rate")["meta"]
    assert meta["snapshot_id"] == district.pointer()["snapshot_id"]
    assert meta["verification_state"] == "validated"
    assert meta["as_of"].startswith("2026-0")
    assert meta["freshness"]


def test_a_second_run_on_the_same_files_changes_no_figure(district: Stocktake, own_district: Stocktake) -> None:
    question = "/v1/query?metrics=chronic_absence_rate,proficiency_rate_ela&group_by=race_ethnicity&school_year=all"
    before = district.get(question)["data"]
    own_district.run()
    after = own_district.get(question)
    assert after["data"] == before
    assert after["meta"]["snapshot_id"] != district.pointer()["snapshot_id"]


def test_status_shows_what_is_served(district: Stocktake) -> None:
    shown = district.command("status")
    assert shown.returncode == 0
    assert district.pointer()["snapshot_id"] in shown.stdout
    assert "chronic_absence_rate" in shown.stdout


def test_columns_are_traced_from_the_published_mart_to_the_delivered_header(district: Stocktake) -> None:
    """Follows one column upstream through what the run recorded, table by table."""
    with dg.DagsterInstance.from_config(str(district.folder / "dagster")) as instance:

        def origins(asset: dg.AssetKey, column: str) -> set[tuple[str, str]]:
            event = instance.get_latest_materialization_event(asset)
            lineage = event.asset_materialization.metadata.get("dagster/column_lineage") if event else None
            found = {(asset.path[0], column)}
            if lineage is not None:
                for dep in lineage.value.deps_by_column.get(column, []):
                    found |= origins(dep.asset_key, dep.column_name)
            return found

        upstream = origins(dg.AssetKey(["marts", "dim_student"]), "state_student_id")
    assert {layer for layer, _ in upstream} >= {"marts", "intermediate", "staging", "raw"}
    assert ("raw", "user_ids") in upstream
