"""Rules on the Ed-Fi API: each finds a row that breaks it, and none accuses a row that is right."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingestion.mapping import Entity, load_system
from quality.registry import RULES_DIR, metric_feeds
from tests.quality.made_up_warehouse import RULES, MadeUpWarehouse, Row, rules_on

ENTITIES = load_system("edfi").entities
REFERENCES = {
    "student_unique_id": "s1",
    "school_id": "1",
    "responsibility_school_id": "1",
    "staff_unique_id": "e1",
    "assessment_identifier": "a1",
}
DOCUMENT: dict[str, Any] = yaml.safe_load(Path(RULES_DIR / "edfi.yml").read_text())
VARIANTS = {rule["id"]: rule.get("variants", ()) for rule in DOCUMENT["rules"]}
UNMAPPED = "uri://nowhere.example/NothingDescriptor#Nothing"


def clean_row(entity: Entity) -> Row:
    """References that point at one another, dates that can be read, nothing else."""
    row: Row = {name: value for name, value in REFERENCES.items() if name in entity.columns}
    dates = {name: "2025-09-01" for name, column in entity.columns.items() if column.type == "date" and column.required}
    return {**row, **dates}


def cases() -> list[tuple[str, str, Row]]:
    planted: list[tuple[str, str, Row]] = [
        ("EF-06", "student_school_associations", {"exit_withdraw_date": "2025-08-31"}),
    ]
    for rule_id, wrong in (("EF-02", UNMAPPED), ("EF-04", "nowhere"), ("EF-05", "2025-13-40")):
        planted += [(f"{rule_id}-{v['name']}", v["named"], {v["column"]: wrong}) for v in VARIANTS[rule_id]]
    planted += [
        (f"EF-03-{v['name']}", v["named"], {v["column"]: json.dumps([{v["field"]: UNMAPPED}])})
        for v in VARIANTS["EF-03"]
    ]
    return planted


@pytest.fixture
def warehouse() -> MadeUpWarehouse:
    made = MadeUpWarehouse.empty()
    for name, entity in ENTITIES.items():
        if entity.resource:
            made.add(f"edfi__{name}", clean_row(entity))
    return made


@pytest.mark.parametrize(("rule_id", "entity", "changes"), cases(), ids=str)
def test_a_rule_finds_the_planted_row_and_no_other(
    warehouse: MadeUpWarehouse, rule_id: str, entity: str, changes: Row
) -> None:
    table = f"edfi__{entity}"
    row_id = warehouse.add(table, {**clean_row(ENTITIES[entity]), **changes})
    results = warehouse.evaluate(*rules_on(table))
    assert warehouse.rejected(rule_id) == {row_id}
    wrong = {result.rule_id for result in results.values() if result.rows_failed and result.rule_id.startswith("EF")}
    assert wrong == {rule_id}


@pytest.mark.parametrize(("exit_on", "found"), [("2026-07-06", 0), ("2026-07-07", 1)])
def test_an_exit_may_lie_thirty_days_ahead(warehouse: MadeUpWarehouse, exit_on: str, found: int) -> None:
    row = {**clean_row(ENTITIES["student_school_associations"]), "exit_withdraw_date": exit_on}
    warehouse.add("edfi__student_school_associations", row)
    assert len(warehouse.evaluate(*rules_on("edfi__student_school_associations")) and warehouse.found("EN-06")) == found


@pytest.mark.parametrize(
    ("before", "after", "within", "outcome"),
    [(1, 1, 1, "pass"), (1, 3, 1, "pass"), (2, 2, 2, "fail"), (0, 0, 0, "fail")],
    ids=["agree", "grew since", "missing here", "left over here"],
)
def test_the_servers_total_is_a_gate(
    warehouse: MadeUpWarehouse, before: int, after: int, within: int, outcome: str
) -> None:
    """Every table has one row; the server says how many it has."""
    counted = [v["counted"] for v in VARIANTS["EF-01"]]
    totals: Row = {"total_before": str(before), "total_after": str(after), "total_in_window": str(within)}
    for entity in counted:
        warehouse.add("edfi__resource_counts", {"resource": entity, "entity": entity, **totals})
    rules = [rule for rule in rules_on("edfi__resource_counts") if rule.id.startswith("EF-01")]
    results = warehouse.evaluate(*rules).values()
    assert [(r.rows_checked, r.outcome) for r in results] == [(1, outcome)] * len(counted)


def test_every_value_that_is_mapped_or_ignored_is_known_in_any_case(warehouse: MadeUpWarehouse) -> None:
    known = "URI://ED-FI.ORG/SexDescriptor#FEMALE"
    warehouse.add("edfi__student_demographics", {"student_unique_id": "s1", "sex_descriptor": known})
    warehouse.add(
        "edfi__student_demographics",
        {"student_unique_id": "s1", "sex_descriptor": "uri://ed-fi.org/SexDescriptor#Not Selected"},
    )
    results = warehouse.evaluate(*rules_on("edfi__student_demographics"))
    assert {r.outcome for r in results.values() if r.rule_id.startswith("EF-02")} == {"pass"}


def test_every_resource_is_counted() -> None:
    assert {v["counted"] for v in VARIANTS["EF-01"]} == {name for name, entity in ENTITIES.items() if entity.resource}


def test_a_fatal_gate_holds_what_the_table_feeds() -> None:
    for rule in RULES:
        if rule.domain == "edfi" and rule.table != "edfi__resource_counts":
            assert set(rule.metrics) == set(metric_feeds()[rule.table]), rule.key


def test_a_resource_that_is_not_whole_holds_what_it_feeds() -> None:
    counted = {rule.id.removeprefix("EF-01-"): rule.metrics for rule in RULES if rule.id.startswith("EF-01-")}
    assert counted["students"] == ("*",)
    assert counted["sessions"] == ()
    assert counted["staffs"] == metric_feeds()["edfi__staffs"] != ()
