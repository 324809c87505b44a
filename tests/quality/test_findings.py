"""Findings: opened, mended and opened again, of the right school, under an id that stays."""

from datetime import timedelta

from tests.quality.made_up_warehouse import NOW, MadeUpWarehouse, rules_on

ENROLLMENTS = "oneroster__enrollments"
RULE = "EN-22"
"""Enrolment date cannot be read."""


def findings(warehouse: MadeUpWarehouse, row_id: str) -> list[tuple[object, ...]]:
    return warehouse.connection.execute(
        "select result_id, school_number, first_seen_at, last_seen_at, resolved_at, source_file, source_row "
        "from validation.validation_result where rule_id = ? and resource_id = ? order by first_seen_at",
        [RULE, row_id],
    ).fetchall()


def test_a_finding_opens_is_resolved_and_opens_again_under_the_same_id(clean_warehouse: MadeUpWarehouse) -> None:
    row_id = clean_warehouse.variant(ENROLLMENTS, sourced_id="e9", begin_date="soon")
    days = [NOW + timedelta(days=number) for number in range(4)]
    rules = rules_on(ENROLLMENTS)

    clean_warehouse.evaluate(*rules, now=days[0], run_id="0")
    clean_warehouse.evaluate(*rules, now=days[1], run_id="1")
    ((result_id, _, first, last, resolved, *_),) = findings(clean_warehouse, row_id)
    assert (first, last, resolved) == (days[0], days[1], None)

    clean_warehouse.correct(ENROLLMENTS, row_id, begin_date="2025-08-18")
    clean_warehouse.evaluate(*rules, now=days[2], run_id="2")
    ((same, _, _, _, resolved, *_),) = findings(clean_warehouse, row_id)
    assert (same, resolved) == (result_id, days[2])

    clean_warehouse.correct(ENROLLMENTS, row_id, begin_date="soon")
    clean_warehouse.evaluate(*rules, now=days[3], run_id="3")
    old, new = findings(clean_warehouse, row_id)
    assert (old[4], new[4]) == (days[2], None)
    assert old[0] == new[0] == result_id
    assert new[2] == days[3]


def test_a_row_of_oneroster_is_of_the_school_whose_org_it_names(clean_warehouse: MadeUpWarehouse) -> None:
    wrong = {"begin_date": "soon"}
    second = clean_warehouse.variant(ENROLLMENTS, sourced_id="e8", school_sourced_id="o2", **wrong)
    nowhere = clean_warehouse.variant(ENROLLMENTS, sourced_id="e9", school_sourced_id="o9", **wrong)
    clean_warehouse.evaluate(*rules_on(ENROLLMENTS))
    ((_, school, *_, file, row),) = findings(clean_warehouse, second)
    assert (school, file, row) == ("102", f"{ENROLLMENTS}.csv", second.partition("#")[2])
    assert [one[1] for one in findings(clean_warehouse, nowhere)] == [None]


def test_each_rule_and_record_has_an_id_of_its_own(clean_warehouse: MadeUpWarehouse) -> None:
    for number in range(3):
        clean_warehouse.variant(ENROLLMENTS, sourced_id=f"e{number + 7}", begin_date="soon")
    clean_warehouse.evaluate(*rules_on(ENROLLMENTS))
    (counted,) = clean_warehouse.connection.execute(
        "select count(*) = count(distinct result_id) and count(*) >= 3 from validation.validation_result"
    ).fetchone() or (False,)
    assert counted
