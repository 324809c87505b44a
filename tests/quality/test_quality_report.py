"""The report: how old a finding is in days of school, and from when it is overdue."""

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from quality.quality_report import publish_report, read_report_pointer, report_file
from tests.quality.made_up_warehouse import NOW, MadeUpWarehouse, rules_on

ATTENDANCE = "sis_files__attendance"
FRIDAY = datetime(2026, 9, 4, 12, tzinfo=UTC)


def reported(warehouse: MadeUpWarehouse, folder: Path, now: datetime) -> tuple[int, bool, str]:
    """Age, overdue and status of the finding of AT-01, which is due within five days of school."""
    report_id = publish_report(warehouse.connection, folder, run_id="r", now=now, freshness=(), balances=())
    pointer = read_report_pointer(folder)
    assert pointer is not None
    assert pointer.report_id == report_id
    with duckdb.connect(str(report_file(folder, report_id)), read_only=True) as report:
        row = report.execute(
            "select age_school_days, is_overdue, status from result where rule_id = 'AT-01'"
        ).fetchone()
    assert row is not None
    return row


@pytest.fixture
def found_on_friday(clean_warehouse: MadeUpWarehouse) -> MadeUpWarehouse:
    clean_warehouse.variant(ATTENDANCE, attendance_id="x", attendance_date="2025-08-04")
    clean_warehouse.evaluate(*rules_on(ATTENDANCE), now=FRIDAY)
    return clean_warehouse


def with_calendar(warehouse: MadeUpWarehouse, school_days: list[date]) -> None:
    warehouse.create_marts()
    warehouse.connection.executemany(
        "insert into marts.dim_school_calendar (school_key, date_on, is_school_day) values ('s', ?, true)",
        [[day] for day in school_days],
    )


def test_only_days_of_school_count_and_the_day_after_the_limit_is_overdue(
    found_on_friday: MadeUpWarehouse, tmp_path: Path
) -> None:
    # Monday the 7th is Labor Day; the fifth day of school after Friday the 4th is Monday the 14th.
    with_calendar(found_on_friday, [date(2026, 9, day) for day in (3, 4, 8, 9, 10, 11, 14, 15)])
    expected = {4: (0, False), 7: (0, False), 8: (1, False), 13: (4, False), 14: (5, False), 15: (6, True)}
    for day, (age, overdue) in expected.items():
        found = reported(found_on_friday, tmp_path, FRIDAY.replace(day=day))
        assert found == (age, overdue, "open"), day


def test_without_a_calendar_monday_to_friday_count(found_on_friday: MadeUpWarehouse, tmp_path: Path) -> None:
    assert reported(found_on_friday, tmp_path, FRIDAY.replace(day=6)) == (0, False, "open")
    assert reported(found_on_friday, tmp_path, FRIDAY.replace(day=11)) == (5, False, "open")
    assert reported(found_on_friday, tmp_path, FRIDAY.replace(day=14)) == (6, True, "open")


def test_a_resolved_finding_keeps_the_age_at_which_it_was_mended(
    found_on_friday: MadeUpWarehouse, tmp_path: Path
) -> None:
    found_on_friday.connection.execute("delete from raw.sis_files__attendance where attendance_id = 'x'")
    found_on_friday.evaluate(*rules_on(ATTENDANCE), now=FRIDAY.replace(day=8), run_id="later")
    assert reported(found_on_friday, tmp_path, FRIDAY.replace(day=25)) == (2, False, "resolved")


def test_a_report_names_no_record(found_on_friday: MadeUpWarehouse, tmp_path: Path) -> None:
    report_id = publish_report(found_on_friday.connection, tmp_path, run_id="r", now=NOW, freshness=(), balances=())
    with duckdb.connect(str(report_file(tmp_path, report_id)), read_only=True) as report:
        assert "resource_id" not in [name for name, *_ in report.execute("describe result").fetchall()]
        everything = str(report.execute("select * from result").fetchall())
    assert "1001" not in everything
