"""Balances: every delivered line is staged, superseded, unreadable or quarantined, and a lost one shows."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.quarantine import create_quarantine_tables
from quality.reconciliation import Balance, reconcile, source_freshness
from quality.registry import source_tables
from tests.quality.made_up_warehouse import NOW, MadeUpWarehouse, rules_on

ATTENDANCE = "sis_files__attendance"
CODES = ("EXC", "UNX", "ZZZ")


def stage(warehouse: MadeUpWarehouse) -> None:
    """What the staging model does: accepted rows, one to one."""
    warehouse.connection.execute(
        f"""
        create schema if not exists staging;
        create or replace table staging.stg_{ATTENDANCE} as
        select t._row_id from raw.{ATTENDANCE} as t
        where t._row_id not in (select row_id from quarantine.rejected_rows where source_table = '{ATTENDANCE}')
        """
    )


def balance(warehouse: MadeUpWarehouse) -> Balance:
    return next(b for b in reconcile(warehouse.connection) if b.source_table == ATTENDANCE)


@pytest.fixture
def landed(empty_warehouse: MadeUpWarehouse) -> MadeUpWarehouse:
    """Ten lines: one superseded, one unreadable; of eight rows, one is rejected by two rules and one by one."""
    for day in range(1, 9):
        spoilt = {1: {"attendance_code": "ZZZ", "day_fraction": "9"}, 2: {"attendance_code": "ZZZ"}}
        empty_warehouse.variant(ATTENDANCE, attendance_date=f"2025-09-{day:02d}", **spoilt.get(day, {}))
    empty_warehouse.deliver(ATTENDANCE, 10, superseded=1, unreadable=1)
    empty_warehouse.evaluate(*rules_on(ATTENDANCE))
    stage(empty_warehouse)
    return empty_warehouse


def test_every_line_is_accounted_for(landed: MadeUpWarehouse) -> None:
    assert balance(landed) == Balance(
        source_table=ATTENDANCE,
        file_rows=10,
        superseded=1,
        unreadable=1,
        landed=8,
        staged=6,
        quarantined=2,
        difference=0,
    )
    assert [b.source_table for b in reconcile(landed.connection)] == list(source_tables())
    assert all(b.difference == 0 for b in reconcile(landed.connection))


def test_only_the_latest_delivery_of_a_file_counts(landed: MadeUpWarehouse) -> None:
    landed.deliver(ATTENDANCE, 500, on=NOW.date() - timedelta(days=7))
    assert balance(landed).difference == 0


def test_a_row_lost_before_staging_shows(landed: MadeUpWarehouse) -> None:
    landed.connection.execute(f"delete from staging.stg_{ATTENDANCE} where _row_id like '%#9'")
    assert balance(landed).difference == 1


def test_a_row_doubled_in_staging_shows(landed: MadeUpWarehouse) -> None:
    landed.connection.execute(f"insert into staging.stg_{ATTENDANCE} values ('{ATTENDANCE}.csv#9')")
    assert balance(landed).difference == 1


def test_a_row_lost_and_another_doubled_do_not_cancel_out(landed: MadeUpWarehouse) -> None:
    landed.connection.execute(f"delete from raw.{ATTENDANCE} where _row_id like '%#9'")
    assert balance(landed).difference == 2


@settings(max_examples=15, deadline=None)
@given(codes=st.lists(st.sampled_from(CODES), max_size=12), unreadable=st.integers(0, 3))
def test_whatever_is_rejected_the_rows_balance(codes: list[str], unreadable: int) -> None:
    warehouse = MadeUpWarehouse.empty()
    for number, code in enumerate(codes):
        # Two events a day: the later one of each day is a duplicate.
        day = date(2025, 9, 1) + timedelta(days=number // 2)
        warehouse.variant(ATTENDANCE, attendance_date=day.isoformat(), attendance_code=code)
    warehouse.deliver(ATTENDANCE, len(codes) + unreadable, unreadable=unreadable)
    warehouse.evaluate(*(rule for rule in rules_on(ATTENDANCE) if rule.judges_raw_rows))
    stage(warehouse)
    found = balance(warehouse)
    assert found.difference == 0
    assert found.staged == sum(code != "ZZZ" and (n % 2 == 0 or codes[n - 1] == "ZZZ") for n, code in enumerate(codes))
    warehouse.connection.close()


def test_freshness_names_the_newest_event_that_has_happened(empty_warehouse: MadeUpWarehouse) -> None:
    create_quarantine_tables(empty_warehouse.connection)
    for day in ("2025-09-04", "12/1/2025", "2051-01-17", "31.31.2026"):
        empty_warehouse.variant(ATTENDANCE, attendance_date=day)
    empty_warehouse.deliver(ATTENDANCE, 4, on=date(2026, 6, 5))
    (freshness,) = source_freshness(empty_warehouse.connection, NOW.date())
    assert freshness.source_table == ATTENDANCE
    assert freshness.latest_event_on == date(2025, 12, 1)
    assert freshness.latest_delivery_on == date(2026, 6, 5)
    assert freshness.loaded_at == datetime(2026, 6, 5, tzinfo=UTC)
    assert freshness.rows == 4


def test_a_rejected_event_makes_no_source_fresh(empty_warehouse: MadeUpWarehouse) -> None:
    empty_warehouse.variant(ATTENDANCE, attendance_date="2025-09-04")
    empty_warehouse.variant(ATTENDANCE, attendance_date="2025-12-01", attendance_code="ZZZ")
    empty_warehouse.deliver(ATTENDANCE, 2)
    empty_warehouse.evaluate(*rules_on(ATTENDANCE))
    (freshness,) = source_freshness(empty_warehouse.connection, NOW.date())
    assert freshness.latest_event_on == date(2025, 9, 4)
