"""Waivers: what may be decided, what it covers, and that a finding stays listed whatever was decided."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from quality.errors import WaiverError
from quality.waivers import Waiver, read_waivers
from quality.waivers_file import add_waiver, next_id, revoke_waiver
from tests.quality.made_up_warehouse import NOW, RULES, TODAY, MadeUpWarehouse, rules_on

ATTENDANCE = "sis_files__attendance"
ON_ATTENDANCE = rules_on(ATTENDANCE)
ENTRY = {
    "id": "W-2026-1",
    "rule": "AT-01",
    "kind": "waiver",
    "reason": "known since the spring",
    "by": "Ada One, registrar",
    "decided_on": TODAY,
    "until": TODAY + timedelta(days=30),
}


def waiver(**changes: Any) -> Waiver:
    return Waiver.model_validate({**ENTRY, **changes})


def written(folder: Path, **changes: Any) -> Path:
    file = folder / "waivers.yml"
    file.write_text(yaml.safe_dump({"waivers": [{**ENTRY, **changes}]}))
    return file


def outside_enrolment(warehouse: MadeUpWarehouse, school: str = "101") -> str:
    """An absence before the student was enrolled, which AT-01 keeps out of staging."""
    student = {"101": "1001", "102": "1002"}[school]
    return warehouse.variant(
        ATTENDANCE, attendance_id=f"x{school}", student_id=student, school_id=school, attendance_date="2025-08-04"
    )


def waiver_of(warehouse: MadeUpWarehouse, row_id: str) -> str | None:
    found = warehouse.connection.execute(
        "select waiver_id from validation.validation_result "
        "where rule_id = 'AT-01' and resource_id = ? and resolved_at is null",
        [row_id],
    ).fetchone()
    assert found, "the finding is no longer listed"
    return found[0]


def test_a_list_is_read_and_none_is_no_list(tmp_path: Path) -> None:
    assert read_waivers(None, RULES) == read_waivers(tmp_path / "none.yml", RULES) == ()
    assert read_waivers(written(tmp_path), RULES) == (waiver(),)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rule": "AT-11"}, "is of a fatal rule, AT-11, which cannot be waived"),
        ({"rule": "AT-99"}, "names the rule AT-99, which does not exist"),
        ({"table": "oneroster__users"}, "names the rule AT-01 on oneroster__users, which does not exist"),
        ({"until": TODAY + timedelta(days=367)}, "until must lie between decided_on and 366 days after it"),
        ({"until": TODAY - timedelta(days=1)}, "until must lie between"),
        ({"reason": "because"}, "reason: String should have at least 10 characters"),
        ({"kind": "forever"}, "kind: Input should be"),
        ({"colour": "red"}, "colour: Extra inputs"),
    ],
)
def test_what_cannot_be_waived_is_said_in_one_sentence(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(WaiverError, match=message) as refused:
        read_waivers(written(tmp_path, **changes), RULES)
    assert "\n" not in str(refused.value)
    assert "W-2026-1" in str(refused.value)


@pytest.mark.parametrize("text", ["waivers: [", "- a", "waivers: all", "waivers: [a, b]"])
def test_a_list_that_is_none_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "waivers.yml"
    file.write_text(text)
    with pytest.raises(WaiverError, match=r"waivers\.yml") as refused:
        read_waivers(file, RULES)
    assert "\n" not in str(refused.value)


def test_a_fatal_rule_may_be_a_false_positive_and_a_year_is_the_longest(tmp_path: Path) -> None:
    (kept,) = read_waivers(
        written(tmp_path, rule="AT-11", kind="false_positive", until=TODAY + timedelta(days=366)), RULES
    )
    assert kept.holds_on(TODAY + timedelta(days=366))
    assert not kept.holds_on(TODAY + timedelta(days=367))
    assert not kept.holds_on(TODAY - timedelta(days=1))


def test_waived_rows_are_counted_apart_and_stay_listed_and_rejected(clean_warehouse: MadeUpWarehouse) -> None:
    row_id = outside_enrolment(clean_warehouse)
    result = clean_warehouse.evaluate(*ON_ATTENDANCE)[f"AT-01:{ATTENDANCE}"]
    assert (result.rows_failed, result.rows_waived, result.outcome) == (1, 0, "warn")
    result = clean_warehouse.evaluate(*ON_ATTENDANCE, waivers=(waiver(),))[f"AT-01:{ATTENDANCE}"]
    assert (result.rows_failed, result.rows_waived, result.outcome) == (0, 1, "pass")
    assert waiver_of(clean_warehouse, row_id) == "W-2026-1"
    assert clean_warehouse.rejected("AT-01") == {row_id}


def test_waived_rows_do_not_count_towards_the_tolerance_of_a_fatal_rule(clean_warehouse: MadeUpWarehouse) -> None:
    clean_warehouse.variant(ATTENDANCE, attendance_id="a2", attendance_code="??", attendance_date="2025-09-04")
    rule = f"AT-11:{ATTENDANCE}"
    assert clean_warehouse.evaluate(*ON_ATTENDANCE)[rule].outcome == "fail"
    wrong = waiver(rule="AT-11", kind="false_positive")
    result = clean_warehouse.evaluate(*ON_ATTENDANCE, waivers=(wrong,))[rule]
    assert (result.outcome, result.rows_failed, result.rows_waived) == ("pass", 0, 1)
    # What nobody can read stays out whoever is right about the rule.
    assert len(clean_warehouse.rejected("AT-11")) == 1


def test_a_false_positive_lets_the_row_into_staging_and_stays_listed(clean_warehouse: MadeUpWarehouse) -> None:
    row_id = outside_enrolment(clean_warehouse)
    clean_warehouse.evaluate(*ON_ATTENDANCE, waivers=(waiver(kind="false_positive"),))
    assert clean_warehouse.rejected("AT-01") == set()
    assert waiver_of(clean_warehouse, row_id) == "W-2026-1"


def test_a_waiver_covers_its_school_and_its_results_only(clean_warehouse: MadeUpWarehouse) -> None:
    first, second = outside_enrolment(clean_warehouse, "101"), outside_enrolment(clean_warehouse, "102")
    clean_warehouse.evaluate(*ON_ATTENDANCE, waivers=(waiver(school="102"),))
    assert (waiver_of(clean_warehouse, first), waiver_of(clean_warehouse, second)) == (None, "W-2026-1")
    (result_id,) = clean_warehouse.connection.execute(
        "select result_id from validation.validation_result where rule_id = 'AT-01' and resource_id = ?", [first]
    ).fetchone() or ("",)
    clean_warehouse.evaluate(*ON_ATTENDANCE, waivers=(waiver(results=(result_id, "another")),))
    assert (waiver_of(clean_warehouse, first), waiver_of(clean_warehouse, second)) == ("W-2026-1", None)


@pytest.mark.parametrize(
    "over", [{"revoked_on": TODAY}, {"decided_on": TODAY - timedelta(days=9), "until": TODAY - timedelta(days=1)}]
)
def test_a_waiver_that_is_revoked_or_over_covers_nothing(
    clean_warehouse: MadeUpWarehouse, over: dict[str, date]
) -> None:
    row_id = outside_enrolment(clean_warehouse)
    result = clean_warehouse.evaluate(*ON_ATTENDANCE, waivers=(waiver(**over),))[f"AT-01:{ATTENDANCE}"]
    assert (result.rows_failed, result.rows_waived) == (1, 0)
    assert waiver_of(clean_warehouse, row_id) is None


def test_a_finding_that_reappears_starts_a_new_age(clean_warehouse: MadeUpWarehouse) -> None:
    row_id = outside_enrolment(clean_warehouse)
    for day in range(3):
        if day == 1:
            clean_warehouse.correct(ATTENDANCE, row_id, attendance_date="2025-09-04")
        if day == 2:
            clean_warehouse.correct(ATTENDANCE, row_id, attendance_date="2025-08-04")
        clean_warehouse.evaluate(*ON_ATTENDANCE, now=NOW + timedelta(days=day), run_id=str(day))
    ages = clean_warehouse.connection.execute(
        "select first_seen_at, resolved_at from validation.validation_result "
        "where rule_id = 'AT-01' and resource_id = ? order by 1",
        [row_id],
    ).fetchall()
    assert ages == [(NOW, NOW + timedelta(days=1)), (NOW + timedelta(days=2), None)]


COMMENTED = """# kept by the data office
waivers:
  # from the spring
  - id: W-2026-4
    rule: AT-01
    kind: waiver
    reason: |
      one line
      and another
    by: Ada One, registrar
    decided_on: 2026-06-01
    until: 2026-06-30
  # the end
other: 1
"""


@pytest.mark.parametrize(
    "text", ["", "# nothing yet\n", "waivers:\n# c\nother: 1\n", "waivers: []  # none", "other: 1", COMMENTED]
)
def test_what_is_added_or_revoked_leaves_everything_else_as_it_was(tmp_path: Path, text: str) -> None:
    file = tmp_path / "waivers.yml"
    file.write_text(text)
    before = read_waivers(file, RULES)
    new = waiver(id=next_id(before, 2026), reason="it is: # odd 'quoted' text", school="0101", results=("a", "b"))
    add_waiver(file, new, RULES)
    assert read_waivers(file, RULES) == (*before, new)
    for one in (*before, new):
        revoke_waiver(file, one.id, TODAY, RULES)
    assert all(one.revoked_on == TODAY for one in read_waivers(file, RULES))
    kept = iter(file.read_text().splitlines())
    lines = [line.replace("[]  ", " ") for line in text.splitlines()]
    assert all(any(line == other for other in kept) for line in lines), "a line was lost or moved"
    if text == COMMENTED:
        assert new.id == "W-2026-5"


def test_nothing_is_written_when_the_decision_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "waivers.yml"
    file.write_text(COMMENTED)
    for refused in (waiver(rule="AT-11"), waiver(id="W-2026-4"), waiver(rule="XX-01")):
        with pytest.raises(WaiverError):
            add_waiver(file, refused, RULES)
    with pytest.raises(WaiverError, match="has no waiver W-1"):
        revoke_waiver(file, "W-1", TODAY, RULES)
    assert file.read_text() == COMMENTED
    assert list(tmp_path.iterdir()) == [file]
