"""Control totals of tables: what a source counted is held against what has landed."""

import hashlib
from datetime import date, timedelta

import pytest

from quality.registry import METRIC_IDS, metric_feeds
from quality.rule_results import RuleResult
from quality.validation import validate
from tests.quality.made_up_warehouse import TODAY, MadeUpWarehouse

DISCIPLINE, TOTALS = "sis_files__discipline", "control_files__table_totals"
KEYS = [f"D{number}" for number in range(1, 11)]


def checksum(keys: list[str]) -> str:
    """As the page of the source tells it, in words of this test's own."""
    return str(
        sum(int.from_bytes(hashlib.md5(key.encode(), usedforsecurity=False).digest()[:4], "big") for key in keys)
    )


@pytest.fixture
def landed(empty_warehouse: MadeUpWarehouse) -> MadeUpWarehouse:
    """Ten disciplinary actions that landed whole from one file."""
    for key in KEYS:
        empty_warehouse.variant(DISCIPLINE, action_id=key)
    empty_warehouse.deliver(DISCIPLINE, 10)
    return empty_warehouse


def total(warehouse: MadeUpWarehouse, *, delivered_on: date = TODAY, **changes: str | None) -> None:
    """A control total of the file, delivered on a day."""
    row_id = warehouse.add(
        TOTALS,
        {
            "system": "sis_files",
            "entity": "discipline",
            "file_name": f"{DISCIPLINE}.csv",
            "extracted_on": "2026-06-05",
            "row_count": "10",
            **changes,
        },
    )
    warehouse.connection.execute(f"update raw.{TOTALS} set _delivered_on = ? where _row_id = ?", [delivered_on, row_id])


def judged(warehouse: MadeUpWarehouse) -> RuleResult:
    return warehouse.evaluate()[f"LD-04:{DISCIPLINE}"]


@pytest.mark.parametrize(("rows", "outcome"), [("10", "pass"), ("11", "fail"), ("9", "fail")])
def test_a_file_has_as_many_rows_as_at_its_source(landed: MadeUpWarehouse, rows: str, outcome: str) -> None:
    total(landed, row_count=rows)
    result = judged(landed)
    assert (result.rows_checked, result.outcome) == (1, outcome)
    if outcome == "fail":
        assert f"has 10 rows here and {rows} at its source" in result.reason


def test_as_many_rows_with_other_keys_are_told_apart(landed: MadeUpWarehouse) -> None:
    total(landed, key_column="action_id", key_checksum=checksum(KEYS))
    assert judged(landed).outcome == "pass"
    landed.connection.execute(f"update raw.{DISCIPLINE} set action_id = ' D1 ' where action_id = 'D1'")
    assert judged(landed).outcome == "pass"
    landed.connection.execute(f"update raw.{DISCIPLINE} set action_id = 'D11' where action_id = 'D10'")
    result = judged(landed)
    assert result.outcome == "fail"
    assert "other values of action_id" in result.reason


def test_a_broken_total_holds_the_metrics_that_its_table_feeds_and_no_others(landed: MadeUpWarehouse) -> None:
    total(landed, row_count="12")
    validated = validate(METRIC_IDS, landed.evaluate().values())
    held = {metric for metric, one in validated.items() if one.held_by}
    assert held == set(metric_feeds()[DISCIPLINE])
    (reason,) = validated["oss_rate"].held_by
    assert reason.rule_id == "LD-04"


def test_rejected_rows_count_on_both_sides(landed: MadeUpWarehouse) -> None:
    """The source has what a rule rejects here; it is in quarantine and not lost."""
    landed.connection.execute(f"update raw.{DISCIPLINE} set action_code = 'ZZZ' where action_id = 'D1'")
    total(landed, key_column="action_id", key_checksum=checksum(KEYS))
    results = landed.evaluate()
    assert results[f"DI-10:{DISCIPLINE}"].rows_failed == 1
    assert results[f"LD-04:{DISCIPLINE}"].outcome == "pass"


def test_lines_that_cannot_be_read_count_and_their_keys_are_not_asked_for(empty_warehouse: MadeUpWarehouse) -> None:
    for key in KEYS[:9]:
        empty_warehouse.variant(DISCIPLINE, action_id=key)
    empty_warehouse.deliver(DISCIPLINE, 10, unreadable=1)
    total(empty_warehouse, key_column="action_id", key_checksum=checksum(KEYS))
    assert judged(empty_warehouse).outcome == "pass"


def test_a_file_that_never_came_is_missed(landed: MadeUpWarehouse) -> None:
    total(landed, file_name="discipline_part2.csv", row_count="5")
    result = judged(landed)
    assert result.outcome == "fail"
    assert "discipline_part2.csv has 0 rows here and 5 at its source" in result.reason


@pytest.mark.parametrize(("rows", "outcome"), [("201", "pass"), ("202", "fail"), ("200", "pass"), ("198", "fail")])
def test_a_whole_table_may_differ_by_half_a_percent(empty_warehouse: MadeUpWarehouse, rows: str, outcome: str) -> None:
    for number in range(200):
        empty_warehouse.variant(DISCIPLINE, action_id=str(number))
    empty_warehouse.deliver(DISCIPLINE, 200)
    total(empty_warehouse, file_name=None, row_count=rows)
    assert judged(empty_warehouse).outcome == outcome


def test_the_latest_total_counts(landed: MadeUpWarehouse) -> None:
    total(landed, extracted_on="2026-06-04", row_count="8")
    total(landed, extracted_on="2026-06-05", row_count="10")
    total(landed, extracted_on="2026-05-29", row_count="7")
    assert judged(landed).outcome == "pass"


def test_a_total_that_is_older_than_the_data_is_reported_and_holds_nothing(landed: MadeUpWarehouse) -> None:
    total(landed, delivered_on=TODAY - timedelta(days=1), row_count="8")
    results = landed.evaluate()
    assert (results[f"LD-04:{DISCIPLINE}"].outcome, results[f"LD-04:{DISCIPLINE}"].rows_checked) == ("pass", 0)
    assert results[f"LD-10:{TOTALS}"].outcome == "warn"
    assert not any(one.held_by for one in validate(METRIC_IDS, results.values()).values())
