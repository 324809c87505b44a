"""Rules on a landed district: what is wrong is found where it stands, and what is right is left alone."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.district import ConfiguredSource, District, DistrictIdentity
from ingestion.landing import land
from ingestion.landing_log import create_landing_tables
from ingestion.sample_district.generate import generate_sample_district
from quality.errors import RuleError
from quality.identifying_columns import IDENTIFYING_COLUMNS
from quality.registry import METRIC_IDS, load_rules, metric_feeds, source_tables
from quality.rule_evaluation import RuleResult, evaluate_rules, latest_results

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"
NOW = datetime(2026, 6, 20, 4, tzinfo=UTC)
RULES = load_rules()


class Warehouse:
    """A landed sample district."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.delivered = folder / "delivered"
        self.file = folder / "district.duckdb"
        roots = {
            "oneroster": "oneroster",
            "sis_files": "sis",
            "assessment_files": "assessment",
            "program_files": "sis",
            "survey_files": "survey",
            "hr_files": "hr",
            "training_files": "training",
            "plan_files": "plan",
            "postsecondary_files": "postsecondary",
            "graduation_files": "graduation",
            "practice_store": "practice",
            "control_files": "control",
        }
        self.district = District(
            district=DistrictIdentity(id="d", name="D"),
            sources={system: ConfiguredSource(root=self.delivered / root) for system, root in roots.items()},
        )

    def deliver(self, dirty_rate: float) -> None:
        generate_sample_district(self.delivered, students=300, schools=3, years=2, dirty_rate=dirty_rate)
        for system in self.district.sources:
            land(system, self.district, self.file, self.folder / "dlt")

    def evaluate(self, now: datetime = NOW, run_id: str = "run") -> dict[str, RuleResult]:
        with duckdb.connect(str(self.file)) as connection:
            results = evaluate_rules(connection, RULES, stage="raw", run_id=run_id, now=now, reference_dir=SEEDS)
        return {result.key: result for result in results}

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.file), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    @property
    def planted(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads((self.delivered / "truth.json").read_text())["dirty"]
        return found


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    warehouse = Warehouse(tmp_path_factory.mktemp("dirty"))
    warehouse.deliver(dirty_rate=0.004)
    warehouse.results = warehouse.evaluate()  # type: ignore[attr-defined]
    return warehouse


@pytest.fixture(scope="module")
def results(dirty: Warehouse) -> dict[str, RuleResult]:
    found: dict[str, RuleResult] = dirty.results  # type: ignore[attr-defined]
    return found


def pointer(record: dict[str, Any]) -> str:
    return f"{record['file'].split('/', 1)[1]}#{record['line']}"


def test_every_planted_defect_is_found_by_its_rule_on_its_line(dirty: Warehouse) -> None:
    found = set(
        dirty.query(
            "select rule_id, row_id from quarantine.rejected_rows "
            "union select rule_id, row_id from quarantine.flagged_rows "
            "union select 'LD-05', source_file || '#' || source_row from raw._unreadable_lines"
        )
    )
    assert {(record["rule_id"], pointer(record)) for record in dirty.planted} - found == set()


def test_no_clean_row_is_rejected(dirty: Warehouse) -> None:
    rejected = {row_id for (row_id,) in dirty.query("select row_id from quarantine.rejected_rows")}
    assert rejected - {pointer(record) for record in dirty.planted} == set()


def test_every_feed_has_landed_and_a_clean_one_is_accused_of_nothing(
    dirty: Warehouse, results: dict[str, RuleResult]
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


def test_control_totals_agree_however_dirty_the_rows_are(dirty: Warehouse, results: dict[str, RuleResult]) -> None:
    """Counts and checksums that the sample takes of its files, dirty lines and all, are those of the raw tables."""
    compared = {key: one for key, one in results.items() if key.startswith("LD-04") and one.rows_checked}
    assert len(compared) == 10
    assert {key: one.sample for key, one in compared.items() if one.outcome != "pass"} == {}
    (with_checksum,) = dirty.query(
        "select count(*) from raw.control_files__table_totals where key_checksum <> '' and entity <> 'no_such_table'"
    )
    assert with_checksum == (6,)


def test_a_rejected_row_keeps_its_payload_reason_and_fix(dirty: Warehouse) -> None:
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


def test_results_are_stored_for_certification(dirty: Warehouse, results: dict[str, RuleResult]) -> None:
    with duckdb.connect(str(dirty.file)) as connection:
        stored = {result.key: result for result in latest_results(connection)}
    assert set(stored) == set(results)
    for key, result in results.items():
        assert stored[key].model_copy(update={"sample": result.sample}) == result


def test_a_corrected_source_empties_the_quarantine_and_what_stays_wrong_keeps_its_date(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    warehouse.deliver(dirty_rate=0.004)
    warehouse.evaluate(NOW)
    warehouse.evaluate(NOW + timedelta(days=1), run_id="second")
    seen = warehouse.query("select distinct first_seen_at, detected_at from quarantine.rejected_rows")
    assert seen == [(NOW, NOW + timedelta(days=1))]

    warehouse.deliver(dirty_rate=0)
    warehouse.evaluate(NOW + timedelta(days=2), run_id="third")
    assert warehouse.query("select count(*) from quarantine.rejected_rows") == [(0,)]


def test_a_fatal_rule_fails_only_above_its_tolerance(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
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
    broken = RULES[0].model_copy(update={"failing_rows": "select _row_id from raw.no_such_table"})
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
