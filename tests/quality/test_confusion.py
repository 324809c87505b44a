"""Rules against what was planted, kind by kind, on three districts: nothing is missed, nothing clean is accused."""

from collections import Counter, defaultdict
from typing import Any

import pytest

from tests.quality.landed_district import LandedDistrict

SEEDS = (20260612, 7, 1905)

TRUE_OF_CLEAN_ROWS = {
    "ID-10": """
        select _row_id from raw.oneroster__demographics
        where 'true' not in (
            coalesce(american_indian_or_alaska_native, ''), coalesce(asian, ''), coalesce(white, ''),
            coalesce(black_or_african_american, ''), coalesce(native_hawaiian_or_other_pacific_islander, ''),
            coalesce(demographic_race_two_or_more_races, ''), coalesce(hispanic_or_latino_ethnicity, ''),
            coalesce(middle_eastern_or_north_african, ''))
    """,
    "DI-06": """
        select this._row_id from raw.sis_files__discipline as this
        inner join raw.sis_files__discipline as other
            on other.student_id = this.student_id and other.incident_id <> this.incident_id
            and other.action_code = 'OSS' and this.action_code = 'OSS'
    """,
}
"""What the generator lets happen to anybody, not as a defect, and a rule rightly tells: rows for which it is so."""


@pytest.fixture(scope="module", params=SEEDS, ids=lambda seed: f"seed_{seed}")
def district(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LandedDistrict:
    landed = LandedDistrict(tmp_path_factory.mktemp(f"seed_{request.param}"))
    landed.deliver(dirty_rate=0.004, seed=request.param)
    landed.evaluate()
    return landed


def pointer(record: dict[str, Any]) -> str:
    return f"{record['file'].split('/', 1)[1]}#{record['line']}"


def test_each_kind_of_defect_is_caught_by_its_rule_and_no_clean_row_is_accused(
    district: LandedDistrict, capsys: pytest.CaptureFixture[str]
) -> None:
    findings = set(
        district.query(
            "select rule_id, resource_id from validation.validation_result where stage = 'raw' and resolved_at is null "
            "and source_file is not null and source_row is not null "
            "union select 'LD-05', source_file || '#' || source_row from raw._unreadable_lines"
        )
    )
    planted = Counter((record["kind"], record["rule_id"]) for record in district.planted)
    caught = Counter(
        (record["kind"], record["rule_id"])
        for record in district.planted
        if (record["rule_id"], pointer(record)) in findings
    )
    dirty = {pointer(record) for record in district.planted}
    accused: dict[str, set[str]] = defaultdict(set)
    for rule_id, row in findings:
        if row not in dirty:
            accused[rule_id].add(row)
    rightly = {rule_id: {row for (row,) in district.query(sql)} for rule_id, sql in TRUE_OF_CLEAN_ROWS.items()}
    falsely = {rule_id: len(rows - rightly.get(rule_id, set())) for rule_id, rows in accused.items()}

    with capsys.disabled():
        print(f"\n{'kind':36} {'rule':8} {'planted':>8} {'caught':>7} {'missed':>7} {'false alarms of the rule':>25}")
        for (kind, rule_id), count in sorted(planted.items()):
            missed = count - caught[kind, rule_id]
            print(f"{kind:36} {rule_id:8} {count:8} {caught[kind, rule_id]:7} {missed:7} {falsely.get(rule_id, 0):25}")

    assert planted - caught == Counter()
    assert len({kind for kind, _ in planted}) >= 30
    assert {rule_id: count for rule_id, count in falsely.items() if count} == {}
