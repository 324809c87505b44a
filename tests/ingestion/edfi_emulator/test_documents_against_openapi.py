"""Every document of the sample district is one that Ed-Fi's own specification of its data standard allows."""

import json

import duckdb
import pytest

from ingestion.edfi_emulator.natural_keys import NATURAL_KEYS, resources_of
from ingestion.edfi_emulator.store import EdfiStore, Window
from tests.ingestion.edfi_emulator.openapi import identity_of, row_validator, specification

ROWS_CHECKED = 40
"""Rows of each resource: as many of the shortest, of the longest, and of those between."""


def standard_of(documents: duckdb.DuckDBPyConnection) -> int:
    return int(documents.execute("select standard()").fetchall()[0][0])


def test_documents_as_served_are_valid(documents: duckdb.DuckDBPyConnection) -> None:
    standard = standard_of(documents)
    store = EdfiStore(standard)
    assert store.load(documents) == store.newest_change_version
    problems: list[str] = []
    filled = [resource for resource in store.resources if store.count(resource)]
    for resource in filled:
        validator = row_validator(standard, resource)
        rows = store.page(resource, Window(), 500_000)
        rows.sort(key=len)
        for row in {*rows[:ROWS_CHECKED], *rows[-ROWS_CHECKED:], *rows[:: max(1, len(rows) // ROWS_CHECKED)]}:
            problems += [f"{resource}: {error.message}" for error in validator.iter_errors(json.loads(row))]
    assert sorted(set(problems))[:20] == []
    assert {"schools", "students", "studentSchoolAssociations", "grades", "staffs"} <= set(filled)
    assert ("studentDemographics" in filled) == (standard == 6)


def test_a_document_with_an_undeclared_field_would_be_noticed() -> None:
    errors = row_validator(5, "students").iter_errors({"studentUniqueId": "1", "shoeSize": 38})
    assert {error.validator for error in errors} == {"required", "additionalProperties"}


def test_every_field_of_every_document_is_declared(documents: duckdb.DuckDBPyConnection) -> None:
    """Not only of the rows above: whatever names any document of a resource uses, its schema has them."""
    standard = standard_of(documents)
    rows = documents.execute(
        "select resource, list(distinct name) "
        "from (select resource, unnest(json_keys(document)) as name from documents) group by all"
    ).fetchall()
    for resource, names in rows:
        schema = row_validator(standard, resource).schema
        properties = schema["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]["properties"]
        assert set(names) <= set(properties), resource


def test_no_two_documents_share_a_natural_key(documents: duckdb.DuckDBPyConnection) -> None:
    store = EdfiStore(standard_of(documents))
    store.load(documents)
    for resource in store.resources:
        ids = store.ids(resource)
        assert len(set(ids)) == len(ids), resource


@pytest.mark.parametrize("standard", [5, 6])
def test_every_resource_and_its_key_are_those_of_the_specification(standard: int) -> None:
    for resource in resources_of(standard):
        assert f"/ed-fi/{resource}" in specification(standard)["paths"], resource
        own = {(path,) for path in NATURAL_KEYS[resource].values() if "." not in path}
        assert own == identity_of(standard, resource), resource
