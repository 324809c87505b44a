"""What the API tells of data quality is what the run found, and names nobody."""

import re
from collections.abc import Iterator
from typing import Any

from quality.identifying_columns import IDENTIFYING_COLUMNS
from tests.end_to_end.stocktake import Stocktake

PEOPLE = {
    "oneroster__users": ("sourced_id", "identifier", "user_ids"),
    "sis_files__attendance": ("student_id", "attendance_id"),
    "sis_files__discipline": ("student_id", "incident_id"),
    "assessment_files__results": ("student_id", "result_id"),
    "hr_files__staff": ("staff_id",),
}
"""Columns of the sample's deliveries whose values stand for one person or one record of a person."""
SHORTEST = 5
"""Characters of an id; scores and codes are shorter, and names of namespaces have no digit."""


def leaves(node: Any) -> Iterator[tuple[str, str]]:
    """Every value of a document, with the key that it stands under."""
    for key, value in node.items() if isinstance(node, dict) else (("", each) for each in node):
        if isinstance(value, dict | list):
            yield from leaves(value)
        else:
            yield key, str(value)


def tokens(text: str) -> set[str]:
    return set(re.findall(r"[\w-]+", text))


def is_id(token: str) -> bool:
    return len(token) >= SHORTEST and any(character.isdigit() for character in token)


def test_no_answer_on_quality_names_anyone(district: Stocktake) -> None:
    people: set[str] = set()
    for table, columns in PEOPLE.items():
        for column in columns:
            for (value,) in district.warehouse(f"select distinct {column}::varchar from raw.{table}"):
                people |= {token for token in tokens(value or "") if is_id(token)}
    assert len(people) > 500
    with district.api() as client:
        findings, after = [], ""
        while after is not None:
            page = client.get(f"/v1/quality/results?status=all&limit=1000{after and f'&after={after}'}").json()
            findings += page["data"]
            after = page["next"]
        answers = [findings, client.get("/v1/quality").json(), client.get("/v1/freshness").json()]
    shown = [leaf for answer in answers for leaf in leaves(answer)]
    assert len(findings) == page["total"] > 20
    assert {token for _, text in shown for token in tokens(text)} & people == set()
    # A finding's own id is no one's.
    assert {key for key, _ in shown} & (IDENTIFYING_COLUMNS - {"result_id"}) == set()


def test_findings_add_up_to_what_the_warehouse_holds(district: Stocktake) -> None:
    found = district.warehouse(
        "select severity, count(*) from validation.validation_result as f "
        "inner join validation.validation_rule as r on r.rule_id = f.rule_id and r.resource_type = f.resource_type "
        "where resolved_at is null and waiver_id is null group by severity"
    )
    summary = district.get("/v1/quality")
    counted = dict.fromkeys((severity for severity, _ in found), 0)
    for group in summary["by_severity"]:
        counted[group["severity"]] += group["open"]
    assert counted == dict(found)
    assert sum(age["open"] for age in summary["by_age"]) == summary["findings"]["open"] == sum(counted.values())
    assert {run["stage"] for run in summary["runs"]} == {"raw", "marts"}
    behind = district.get("/v1/query?metrics=attendance_rate")["meta"]["metrics"]["attendance_rate"]
    assert district.get(behind["quality"])["by_metric"]["attendance_rate"] == behind["findings"]
