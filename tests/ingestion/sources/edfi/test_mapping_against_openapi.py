"""Every resource, field and query parameter of the source stands in what Ed-Fi publishes for the data standard."""

from pathlib import Path
from typing import Any

import pytest

from ingestion.mapping import Entity, load_system
from ingestion.sources.edfi.discovery import STANDARDS
from ingestion.sources.edfi.sync import EdfiSync
from tests.ingestion.sources.edfi.conftest import EdfiDistrict
from tests.ingestion.sources.edfi.openapi import parameters_of, published, resolved, resources, schema_of
from tests.ingestion.sources.edfi.small_server import SmallServer

ENTITIES = {name: entity for name, entity in load_system("edfi").entities.items() if entity.resource}
CASES = [
    pytest.param(standard, entity, id=f"{name}-ds{standard}")
    for standard in STANDARDS
    for name, entity in ENTITIES.items()
    if not entity.standards or standard in entity.standards
]
LOG_PARAMETERS = {"minChangeVersion", "maxChangeVersion", "limit", "offset", "totalCount"}


def find(document: dict[str, Any], schema: dict[str, Any], path: str) -> dict[str, Any] | None:
    for part in path.split("."):
        properties = resolved(document, schema).get("properties", {})
        if part not in properties:
            return None
        schema = properties[part]
    return resolved(document, schema)


@pytest.mark.parametrize(("standard", "entity"), CASES)
def test_every_field_that_is_read_exists(standard: int, entity: Entity) -> None:
    document = resources(standard)
    schema = schema_of(document, entity.resource)
    for name, column in entity.columns.items():
        if not column.headers or (column.standards and standard not in column.standards):
            continue
        found = [find(document, schema, path) for path in column.headers]
        assert all(found), f"{name}: {column.headers}"
        assert all(field and field.get("type") != "object" for field in found), name


@pytest.mark.parametrize(("standard", "entity"), CASES)
def test_a_column_is_limited_to_a_standard_only_where_the_other_lacks_it(standard: int, entity: Entity) -> None:
    document = resources(standard)
    schema = schema_of(document, entity.resource)
    for name, column in entity.columns.items():
        if column.standards and standard not in column.standards:
            assert not any(find(document, schema, path) for path in column.headers), name


@pytest.mark.parametrize(("standard", "entity"), CASES)
def test_every_property_is_read_or_left_out_for_a_reason(standard: int, entity: Entity) -> None:
    schema = schema_of(resources(standard), entity.resource)
    read = {path.split(".")[0] for column in entity.columns.values() for path in column.headers}
    left_out = set(schema["properties"]) - read - set(entity.excluded)
    assert not left_out or "*" in entity.excluded, left_out
    assert not read & set(entity.excluded)


@pytest.mark.parametrize(("standard", "entity"), CASES)
def test_the_key_is_the_natural_key(standard: int, entity: Entity) -> None:
    """Ed-Fi marks identity on references and on single fields; each of them is part of our key."""
    document = resources(standard)
    schema = schema_of(document, entity.resource)
    by_path = {column.headers[0]: name for name, column in entity.columns.items() if column.headers}
    identity = {name for name, field in schema["properties"].items() if field.get("x-Ed-Fi-isIdentity") is True}
    assert {by_path.get(name) for name in identity} <= set(entity.primary_key)
    assert set(entity.primary_key) <= set(by_path.values())


@pytest.mark.parametrize("standard", STANDARDS)
def test_an_entity_is_limited_to_a_standard_only_where_the_other_differs(standard: int) -> None:
    paths = resources(standard)["paths"]
    missing = {
        name
        for name, entity in ENTITIES.items()
        if entity.standards and standard not in entity.standards and f"/ed-fi/{entity.resource}" in paths
    }
    # Data standard 6 keeps the resource, but moved everything that is read of it to studentDemographics.
    assert missing <= {"student_education_organization_associations"}


@pytest.mark.parametrize(("standard", "with_cursor"), [(5, False), (6, False), (6, True)])
def test_every_request_is_one_that_ed_fi_documents(tmp_path: Path, standard: int, with_cursor: bool) -> None:
    document = resources(standard)
    with SmallServer(standard=f"{standard}.0.0", with_cursor=with_cursor).running() as server:
        for number in range(7):
            server.put("students", (str(number),), {"studentUniqueId": str(number)})
        server.served = [entity.resource for entity in ENTITIES.values()]
        district = EdfiDistrict(tmp_path, server.base_url, page_size=3).district
        first = EdfiSync(lambda: district)
        remembered = {name: first.reading(name, None).remember for name in first.entities}
        server.put("students", ("1",), {"studentUniqueId": "1"})
        second = EdfiSync(lambda: district)
        assert not any(second.reading(name, remembered[name]).window.is_full for name in second.entities)

    asked = set()
    for request in server.asked:
        if request.path == "/api/changeQueries/v1/availableChangeVersions":
            paths = published("change-queries-api-1.0.0.yaml")["paths"]
            assert "/availableChangeVersions" in paths and not request.params
        elif request.path.startswith("/api/data/v3/ed-fi/"):
            resource, _, log = request.path.removeprefix("/api/data/v3/ed-fi/").partition("/")
            asked.add(resource)
            # The published files describe neither deletes nor keyChanges, and for data standard 6 the change
            # versions stand among the parameters without being listed for each resource.
            known = LOG_PARAMETERS if log else parameters_of(document, resource) | LOG_PARAMETERS
            assert log in ("", "deletes", "keyChanges")
            assert set(request.params) <= known
            assert {p["name"] for p in document["components"]["parameters"].values()} >= LOG_PARAMETERS
            assert int(request.params.get("limit", 0)) <= 500
        else:
            assert (request.method, request.path) in {
                ("GET", "/api"),
                ("GET", "/api/metadata/data/v3/dependencies"),
                ("POST", "/api/oauth/token"),
            }
    assert "/metadata/data/v3/dependencies" in published("discovery-api-1.0.yaml")["paths"]
    wanted = {e.resource for e in ENTITIES.values() if not e.standards or standard in e.standards}
    assert asked == wanted
