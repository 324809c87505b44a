"""The rules on a large table of daily attendance, against one statement of plain SQL for each of them."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ingestion.landing_log import create_landing_tables
from quality.findings import begin_findings, create_validation_tables
from quality.quarantine import create_quarantine_tables
from quality.registry import Rule, load_rules
from quality.rule_evaluation import evaluate_rules
from quality.rule_inputs import evaluation_order, prepare_inputs, prepare_inputs_before

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"
NOW = datetime(2026, 6, 20, 4, tzinfo=UTC)
TABLE = "sis_files__attendance"
MOST_OF_PLAIN_SQL = 1.5
"""Time of all rules on the table over that of their statements without Soda, findings and sums, at most."""

_DISTRICT = """
insert into raw.oneroster__orgs by name
select 'o' || n as sourced_id, 'school' as type, (100 + n)::varchar as identifier, 'orgs.csv#' || n as _row_id
from range($schools) as t(n);
insert into raw.oneroster__users by name
select 'u' || n as sourced_id, (100000 + n)::varchar as identifier, 'users.csv#' || n as _row_id
from range($students) as t(n);
insert into raw.oneroster__roles by name
select 'r' || n as sourced_id, 'u' || n as user_sourced_id, 'student' as role, 'roles.csv#' || n as _row_id
from range($students) as t(n);
insert into raw.oneroster__classes by name
select 'h' || n as sourced_id, 'homeroom' as class_type, '05' as grades, 'o' || n as school_sourced_id,
    'classes.csv#' || n as _row_id
from range($schools) as t(n);
insert into raw.oneroster__enrollments by name
select 'e' || n as sourced_id, 'h' || n % $schools as class_sourced_id, 'o' || n % $schools as school_sourced_id,
    'u' || n as user_sourced_id, 'student' as role, '2023-08-14' as begin_date, 'enrollments.csv#' || n as _row_id
from range($students) as t(n);
insert into raw.sis_files__calendar by name
select (100 + n)::varchar as school_id, strftime(day, '%Y-%m-%d') as calendar_date, 'instructional' as day_type,
    'calendar.csv#' || n || '-' || strftime(day, '%Y-%m-%d') as _row_id
from range($schools) as t(n), range(timestamp '2023-08-14', timestamp '2026-06-13', interval 1 day) as d(day)
where isodow(day) < 6 and month(day) <> 7;
insert into raw.sis_files__attendance by name
select 'a' || n || '-' || d as attendance_id, (100000 + n)::varchar as student_id,
    (100 + n % $schools)::varchar as school_id, calendar_date as attendance_date,
    if(hash(n, d) % 20 = 0, 'A', 'P') as attendance_code, 'every_day' as record_basis,
    'attendance.csv' as _source_file, row_number() over () as _source_row,
    'attendance.csv#' || row_number() over () as _row_id
from range($students) as t(n),
    (select row_number() over (order by calendar_date) as d, calendar_date from raw.sis_files__calendar
     where school_id = '100' limit $days) as days;
"""


@dataclass(frozen=True)
class RulesOnAttendance:
    """What was measured, in seconds.

    Attributes:
        rows: attendance rows that the rules judged.
        rules: rules on the table.
    """

    rows: int
    rules: int
    ours: float
    plain_sql: float


def rules_on_attendance(
    folder: Path, students: int = 100_000, schools: int = 200, days: int = 520
) -> RulesOnAttendance:
    """Measure on a district of its own, in `folder`."""
    rules = [rule for rule in load_rules() if rule.table == TABLE and rule.judges_raw_rows]
    with duckdb.connect(str(folder / "rules.duckdb")) as connection:
        connection.execute("set threads = 2")
        create_landing_tables(connection)
        for statement in _DISTRICT.split(";\n"):
            if statement.strip():
                values = {"schools": schools, "students": students, "days": days}
                connection.execute(
                    statement, {name: value for name, value in values.items() if f"${name}" in statement}
                )
        rows = connection.execute(f"select count(*) from raw.{TABLE}").fetchall()[0][0]
        plain = _plain_sql(connection, rules)
        started = time.perf_counter()
        results = evaluate_rules(connection, rules, stage="raw", run_id="bench", now=NOW, reference_dir=SEEDS)
        ours = time.perf_counter() - started
        assert {result.rows_checked for result in results} == {rows}
    return RulesOnAttendance(rows, len(rules), ours, plain)


def _plain_sql(connection: duckdb.DuckDBPyConnection, rules: list[Rule]) -> float:
    started = time.perf_counter()
    create_quarantine_tables(connection)
    create_validation_tables(connection)
    connection.begin()
    begin_findings(connection, (), NOW)
    prepare_inputs(connection, today=NOW.date(), reference_dir=SEEDS, school_year_starts_month=7)
    for table in evaluation_order():
        prepare_inputs_before(connection, table)
        if table == TABLE:
            for rule in rules:
                connection.execute(f"select count(*) from ({rule.failing})").fetchall()
    connection.rollback()
    return time.perf_counter() - started
