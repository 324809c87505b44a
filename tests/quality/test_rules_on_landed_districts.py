"""Rules on a landed district: what is wrong is found where it stands, and what is right is left alone."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.landing_log import create_landing_tables
from quality.errors import RuleError
from quality.identifying_columns import IDENTIFYING_COLUMNS
from quality.registry import METRIC_IDS, metric_feeds, source_tables
from quality.rule_evaluation import evaluate_rules, latest_results
from quality.rule_results import RuleResult
from tests.quality.landed_district import NOW, RULES, SEEDS, LandedDistrict


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> LandedDistrict:
    warehouse = LandedDistrict(tmp_path_factory.mktemp("dirty"))
    warehouse.deliver(dirty_rate=0.004)
    warehouse.results = warehouse.evaluate()  # type: ignore[attr-defined]
    return warehouse


@pytest.fixture(scope="module")
def results(dirty: LandedDistrict) -> dict[str, RuleResult]:
    found: dict[str, RuleResult] = dirty.results  # type: ignore[attr-defined]
    return found


def pointer(record: dict[str, Any]) -> str:
    return f"{record['file'].split('/', 1)[1]}#{record['line']}"


def test_every_planted_defect_is_found_by_its_rule_on_its_line(dirty: LandedDistrict) -> None:
    found = set(
        dirty.query(
            "select rule_id, resource_id from validation.validation_result where stage = 'raw' and resolved_at is null "
            "union select 'LD-05', source_file || '#' || source_row from raw._unreadable_lines"
        )
    )
    assert {(record["rule_id"], pointer(record)) for record in dirty.planted} - found == set()


def test_no_clean_row_is_rejected(dirty: LandedDistrict) -> None:
    rejected = {row_id for (row_id,) in dirty.query("select row_id from quarantine.rejected_rows")}
    assert rejected - {pointer(record) for record in dirty.planted} == set()


def test_every_feed_has_landed_and_a_clean_one_is_accused_of_nothing(
    dirty: LandedDistrict, results: dict[str, RuleResult]
) -> None:
    # The feeds into which the sample plants nothing.
    feeds = (
        "program_files",
        "survey_files",
        "hr_files",
        "training_files",
        "plan_files",
        "postsecondary_files",
        "graduation_files",
        "practice_store",
    )
    tables = [table for table in source_tables() if table.split("__")[0] in feeds]
    assert len(tables) == 16
    for table in tables:
        assert dirty.query(f"select count(*) from raw.{table}") > [(0,)], table
    assert {
        key for key, result in results.items() if result.source_table in tables and result.outcome != "pass"
    } == set()


def test_a_rejected_row_keeps_its_payload_reason_and_fix(dirty: LandedDistrict) -> None:
    (payload, reason, fix), *_ = dirty.query(
        "select payload, reason, fix from quarantine.rejected_rows where rule_id = 'AT-11'"
    )
    row = json.loads(payload)
    assert row["attendance_code"] == "ZZZ"
    assert row["student_id"]
    assert reason
    assert fix


def test_samples_show_lines_and_codes_but_nobody(results: dict[str, RuleResult]) -> None:
    shown = [column for result in results.values() for row in result.sample for column in row]
    assert "_source_row" in shown
    assert not IDENTIFYING_COLUMNS & set(shown)
    assert all(len(result.sample) <= 5 for result in results.values())


def test_results_are_stored_for_certification(dirty: LandedDistrict, results: dict[str, RuleResult]) -> None:
    with duckdb.connect(str(dirty.file)) as connection:
        stored = {result.key: result for result in latest_results(connection)}
    assert set(stored) == set(results)
    for key, result in results.items():
        assert stored[key].model_copy(update={"sample": result.sample}) == result


def test_a_corrected_source_empties_the_quarantine_and_what_stays_wrong_keeps_its_date(tmp_path: Path) -> None:
    warehouse = LandedDistrict(tmp_path)
    warehouse.deliver(dirty_rate=0.004)
    warehouse.evaluate(NOW)
    warehouse.evaluate(NOW + timedelta(days=1), run_id="second")
    seen = warehouse.query("select distinct first_seen_at, detected_at from quarantine.rejected_rows")
    assert seen == [(NOW, NOW + timedelta(days=1))]

    warehouse.deliver(dirty_rate=0)
    warehouse.evaluate(NOW + timedelta(days=2), run_id="third")
    assert warehouse.query("select count(*) from quarantine.rejected_rows") == [(0,)]


def test_a_fatal_rule_fails_only_above_its_tolerance(tmp_path: Path) -> None:
    warehouse = LandedDistrict(tmp_path)
    warehouse.deliver(dirty_rate=0)
    with duckdb.connect(str(warehouse.file)) as connection:
        (rows,) = connection.execute("select count(*) from raw.sis_files__attendance").fetchone() or (0,)
        for share, outcome in ((0.008, "warn"), (0.05, "fail")):
            connection.execute(
                "update raw.sis_files__attendance set attendance_code = 'QQQ' where _row_id in "
                f"(select _row_id from raw.sis_files__attendance order by _row_id limit {int(rows * share)})"
            )
            found = evaluate_rules(connection, RULES, stage="raw", run_id=outcome, now=NOW, reference_dir=SEEDS)
            rule = next(result for result in found if result.rule_id == "AT-11")
            assert rule.outcome == outcome
            assert rule.rows_failed == int(rows * share)
            assert set(rule.metrics) == set(metric_feeds()["sis_files__attendance"])


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(tmp_path / "district.duckdb")) as connection:
        create_landing_tables(connection)
        yield connection


def test_a_district_that_sends_nothing_is_accused_of_nothing(empty: duckdb.DuckDBPyConnection) -> None:
    found = evaluate_rules(empty, RULES, stage="raw", run_id="r", now=NOW, reference_dir=SEEDS)
    assert [result.key for result in found if result.outcome != "pass"] == []


def test_attendance_alone_is_not_held_against_a_roster_or_calendar_that_is_not_there(
    empty: duckdb.DuckDBPyConnection,
) -> None:
    empty.execute(
        "insert into raw.sis_files__attendance by name select 'a' || n as attendance_id, 's' || n as student_id, "
        "'x' as school_id, '1/3/2022' as attendance_date, 'P' as attendance_code, 'every_day' as record_basis, "
        "'f#' || n as _row_id, 'f' as _source_file, n as _source_row from range(50) as t(n)"
    )
    evaluate_rules(empty, RULES, stage="raw", run_id="r", now=NOW, reference_dir=SEEDS)
    assert empty.execute("select count(*) from quarantine.rejected_rows").fetchone() == (0,)


def test_a_rule_whose_sql_is_wrong_is_named_and_nothing_is_stored(empty: duckdb.DuckDBPyConnection) -> None:
    empty.execute(f"insert into raw.{RULES[0].table} by name select 'f#1' as _row_id")
    broken = RULES[0].model_copy(update={"reads": "", "failing_when": "no_such_column is null"})
    with pytest.raises(RuleError, match=broken.id):
        evaluate_rules(empty, [broken], stage="raw", run_id="r", now=NOW, reference_dir=SEEDS)
    assert empty.execute("select count(*) from quarantine.rule_results").fetchone() == (0,)


def test_the_registry_covers_every_table_and_every_metric_and_says_what_to_do() -> None:
    assert set(source_tables()) <= {rule.table for rule in RULES if rule.stage == "raw"}
    held = {metric for rule in RULES if rule.severity == "fatal" for metric in rule.metrics}
    assert set(METRIC_IDS) <= held
    assert len({rule.key for rule in RULES}) == len(RULES)
    assert len({rule.id for rule in RULES}) >= 86
    for rule in RULES:
        assert len(rule.reason) > 20, rule.key
        assert len(rule.fix) > 10, rule.key
