"""Contracts: verified by Soda on a real database, and every way of breaking one is seen."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
import yaml

from ingestion.landing_log import create_landing_tables
from ingestion.mapping import load_system
from quality.errors import ContractError
from quality.identifying_columns import IDENTIFYING_COLUMNS
from quality.registry import METRIC_IDS
from quality.validation import validate
from quality.verify import (
    MARTS_CONTRACTS,
    RAW_CONTRACTS,
    ContractResult,
    FailingRows,
    configured_tables,
    contract_checks,
    contract_paths,
    contract_table,
    count_failing_rows,
    verify_contract,
)

DISTRICT_YEAR = "fct_attendance_student_district_year"
CALENDAR = RAW_CONTRACTS / "sis_files__calendar.yml"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(tmp_path / "district.duckdb")) as connection:
        create_landing_tables(connection)
        yield connection


def deliver(connection: duckdb.DuckDBPyConnection, rows: int, *, without_key: int = 0, hours_ago: int = 1) -> None:
    loaded_at = datetime.now(UTC) - timedelta(hours=hours_ago)
    connection.execute(
        """
        insert into raw.sis_files__calendar by name
        select case when n < $without_key then null else '0101' end as school_id, '2026' as school_year,
            (date '2025-08-01' + n::int)::varchar as calendar_date, 'instructional' as day_type,
            'calendar.csv#' || n as _row_id, 'calendar.csv' as _source_file, n + 2 as _source_row,
            'calendar.csv' as _delivery_scope, date '2026-06-05' as _delivered_on, $loaded_at as _loaded_at
        from range($rows) as t(n)
        """,
        {"rows": rows, "without_key": without_key, "loaded_at": loaded_at},
    )
    connection.execute(
        "insert into raw._deliveries values ('sis_files', 'calendar', 'calendar.csv', 'full', ?, ?, 0, 0, 'x', ?, ?)",
        [rows, rows, date(2026, 6, 5), loaded_at],
    )


def verify(connection: duckdb.DuckDBPyConnection) -> ContractResult:
    return verify_contract(connection, CALENDAR, configured=configured_tables(connection))


def failing(result: ContractResult) -> set[str]:
    return {check.check_path for check in result.failures}


def test_a_delivery_that_keeps_its_promises_passes_every_check(connection: duckdb.DuckDBPyConnection) -> None:
    deliver(connection, 100)
    result = verify(connection)
    assert {check.outcome for check in result.checks} == {"pass"}
    assert not result.is_blocking
    assert connection.execute("select 1").fetchone() == (1,), "the warehouse connection must stay open"


def test_a_table_that_the_district_does_not_deliver_is_not_verified(connection: duckdb.DuckDBPyConnection) -> None:
    result = verify(connection)
    assert {check.outcome for check in result.checks} == {"not_configured"}
    assert not result.is_blocking


def test_an_empty_delivery_fails_also_when_earlier_rows_are_still_there(connection: duckdb.DuckDBPyConnection) -> None:
    deliver(connection, 0)
    assert {"checks.row_count", "checks.failed_rows.emptied"} <= failing(verify(connection))
    deliver(connection, 50, hours_ago=2)
    (failure,) = verify(connection).failures
    assert failure.check_path == "checks.failed_rows.emptied"
    assert failure.sample == ({"source_file": "calendar.csv"},)


def test_too_many_rows_without_a_key_fail_with_a_sample_that_names_lines_only(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    deliver(connection, 100, without_key=6)
    (failure,) = verify(connection).failures
    assert failure.check_path == "columns.school_id.checks.missing"
    assert failure.value == 6.0
    assert failure.fix
    assert len(failure.sample) == 5
    assert set(failure.sample[0]) == {"_source_file", "_source_row", "school_id"}


def test_a_few_rows_without_a_key_are_left_to_the_rules(connection: duckdb.DuckDBPyConnection) -> None:
    deliver(connection, 100, without_key=5)
    assert not verify(connection).is_blocking


def test_a_delivery_that_landed_long_ago_is_not_fresh(connection: duckdb.DuckDBPyConnection) -> None:
    deliver(connection, 100, hours_ago=80)
    result = verify(connection)
    assert not result.is_blocking
    assert {check.check_path for check in result.checks if check.outcome == "warn"} == {"checks.freshness"}


@pytest.mark.parametrize(
    "change", ["alter table {t} drop column day_type", "alter table {t} alter column _source_row type varchar"]
)
def test_a_lost_or_retyped_column_fails_the_schema(connection: duckdb.DuckDBPyConnection, change: str) -> None:
    deliver(connection, 10)
    connection.execute(change.format(t="raw.sis_files__calendar"))
    assert "checks.schema" in failing(verify(connection))


def test_a_check_that_cannot_be_evaluated_blocks(connection: duckdb.DuckDBPyConnection) -> None:
    deliver(connection, 10)
    connection.execute("drop table raw.sis_files__calendar")
    assert verify(connection).is_blocking


def test_a_broken_contract_holds_every_metric(connection: duckdb.DuckDBPyConnection) -> None:
    deliver(connection, 0)
    validations = validate(METRIC_IDS, [], verify(connection).contract_failures())
    assert all(validation.held_by for validation in validations.values())


@pytest.mark.parametrize(
    "path", [*contract_paths(RAW_CONTRACTS), *contract_paths(MARTS_CONTRACTS)], ids=lambda p: p.stem
)
def test_every_contract_checks_the_schema_and_says_how_to_mend_what_fails(path: Path) -> None:
    checks = contract_checks(path)
    assert contract_table(path).split(".")[1] == path.stem
    assert "schema" in {check.type for check in checks}
    assert len({check.name for check in checks}) == len(checks)
    for check in checks:
        assert check.fix, f"{path.name}: {check.check_path} has no fix"
        assert check.title != check.check_path, f"{path.name}: {check.check_path} has no name"


def test_raw_contracts_name_every_column_and_every_required_key() -> None:
    for path in contract_paths(RAW_CONTRACTS):
        system, entity = path.stem.split("__", 1)
        definition = load_system(system).entities[entity]
        guarded = {check.column for check in contract_checks(path) if check.type == "missing"}
        required = {key for key in definition.primary_key if definition.columns[key].required}
        assert guarded == required, path.name


@pytest.fixture
def marts(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Empty marts, as they are where a district delivers no source of theirs."""
    connection.execute("create schema marts")
    for path in contract_paths(MARTS_CONTRACTS):
        columns = yaml.safe_load(path.read_text())["columns"]
        body = ", ".join(f'"{column["name"]}" {column["data_type"]}' for column in columns)
        connection.execute(f"create table marts.{path.stem} ({body})")
    return connection


def verify_mart(connection: duckdb.DuckDBPyConnection, mart: str) -> ContractResult:
    return verify_contract(connection, MARTS_CONTRACTS / f"{mart}.yml")


@pytest.mark.parametrize(
    "mart", ["fct_enrollment_spell", "fct_discipline_event", "fct_assessment_result", "dim_school_calendar"]
)
def test_a_mart_may_be_empty_where_a_district_lacks_its_source(marts: duckdb.DuckDBPyConnection, mart: str) -> None:
    assert verify_mart(marts, mart).failures == ()


def test_the_mart_that_figures_come_from_may_not_be_empty(marts: duckdb.DuckDBPyConnection) -> None:
    assert failing(verify_mart(marts, "mart_student_year_by_scope")) == {"checks.row_count"}


def test_an_impossible_value_is_shown_and_the_student_is_not(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute(
        "insert into marts.fct_attendance_student_district_year by name "
        "select 's' || n as student_key, 2026 as school_year, 100 + n as membership_days from range(10) as t(n) "
        "union all select null, 2026, 400 union all select 's1', 2026, 101"
    )
    failures = {failure.check_path: failure for failure in verify_mart(marts, DISTRICT_YEAR).failures}
    assert set(failures) == {
        "columns.student_key.checks.missing",
        "columns.membership_days.checks.invalid",
        "checks.duplicate",
    }
    assert failures["columns.membership_days.checks.invalid"].sample == ({"membership_days": "400"},)
    assert failures["columns.student_key.checks.missing"].sample == ()


def test_a_mart_with_a_retyped_column_fails_its_schema(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute(f"alter table marts.{DISTRICT_YEAR} alter column membership_days type double")
    assert failing(verify_mart(marts, DISTRICT_YEAR)) == {"checks.schema"}


def test_samples_never_show_who_a_row_is_about() -> None:
    assert {"student_id", "given_name", "family_name", "identifier"} <= set(IDENTIFYING_COLUMNS)


def test_a_contract_that_is_not_yaml_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yml"
    broken.write_text("dataset: [")
    with pytest.raises(ContractError, match=r"broken\.yml"):
        contract_checks(broken)


def test_failing_rows_of_several_rules_are_counted_at_once() -> None:
    with duckdb.connect() as warehouse:
        warehouse.execute("create temp table numbers as select n from range(100) as t(n)")
        warehouse.execute("create temp macro is_large(n) as n >= 90")
        counted = {
            "large": FailingRows(condition="is_large(n)"),
            "odd": FailingRows(condition="n % 2 = 1"),
            "few": FailingRows(query="select n from numbers where n in (1, 2, 200)"),
        }
        assert count_failing_rows(warehouse, "temp.numbers", counted) == {"large": 10, "odd": 50, "few": 2}
        # The connection is the caller's, and stays open.
        assert warehouse.execute("select count(*) from numbers").fetchone() == (100,)


def test_a_condition_that_cannot_be_counted_has_no_count() -> None:
    with duckdb.connect() as warehouse:
        warehouse.execute("create temp table numbers as select n from range(100) as t(n)")
        counted = {
            "odd": FailingRows(condition="n % 2 = 1"),
            "wrong": FailingRows(condition="no_such_column > 1"),
            "few": FailingRows(query="select n from numbers where n in (1, 2, 200)"),
        }
        found = count_failing_rows(warehouse, "temp.numbers", counted)
        assert (found["wrong"], found["few"]) == (None, 2)
