"""The description of the API, against the API."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel

from api import examples
from api.docs_page import docs_page
from api.errors import MEDIA_TYPE, PROBLEMS, Problem
from api.responses import (
    DimensionList,
    FindingList,
    FreshnessList,
    Health,
    Identity,
    MetricDefinition,
    MetricList,
    QualitySummary,
    QueryAnswer,
    SavedQueryList,
    SnapshotDifference,
    SnapshotList,
    Status,
)
from tests.api.serving_folder import SECOND

MODELS: dict[str, type[BaseModel]] = {
    "/v1/metrics": MetricList,
    "/v1/metrics/{metric_id}": MetricDefinition,
    "/v1/dimensions": DimensionList,
    "/v1/query": QueryAnswer,
    "/v1/saved-queries": SavedQueryList,
    "/v1/saved-queries/{name}": QueryAnswer,
    "/v1/snapshots": SnapshotList,
    "/v1/snapshots/{before}/diff/{after}": SnapshotDifference,
    "/v1/quality": QualitySummary,
    "/v1/quality/results": FindingList,
    "/v1/freshness": FreshnessList,
    "/v1/identity": Identity,
    "/v1/status": Status,
    "/healthz": Health,
}


@pytest.fixture(scope="module")
def openapi(client: TestClient) -> Any:
    return client.get("/openapi.json").json()


def test_every_address_is_described(openapi: Any) -> None:
    assert set(openapi["paths"]) == set(MODELS)


@pytest.mark.parametrize("path", MODELS)
def test_the_example_of_each_answer_is_one(openapi: Any, client: TestClient, path: str) -> None:
    content = openapi["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    assert content["schema"]["$ref"].endswith(MODELS[path].__name__)
    model = MODELS[path]
    shown = model.model_validate(content["example"]).model_dump(mode="json")
    assert shown == content["example"], "the example lacks a field, or has one too many"
    address = {"/v1/query": "/v1/query?metrics=enrollment"}.get(
        path, path.format(metric_id="enrollment", name="teachers_by_school", before=SECOND, after=SECOND)
    )
    real = client.get(address).json()
    assert set(real) == set(content["example"])
    model.model_validate(real)


def test_the_example_of_each_problem_is_one(openapi: Any) -> None:
    kinds = {kind.slug: kind for kind in PROBLEMS}
    seen = set()
    for path, item in openapi["paths"].items():
        for status, response in item["get"]["responses"].items():
            if status == "200":
                continue
            content = response["content"][MEDIA_TYPE]
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
            for slug, example in content["examples"].items():
                problem = Problem.model_validate(example["value"])
                assert (problem.status, problem.title) == (kinds[slug].status, kinds[slug].title)
                assert str(problem.status) == status
                seen.add((path, slug))
    of_quality = {"unknown-value", "no-report", "report-unreadable"}
    elsewhere = of_quality | {
        "unknown-saved-query",
        "unknown-snapshot",
        "not-found",
        "method-not-allowed",
        "internal-error",
    }
    assert {slug for path, slug in seen if path == "/v1/query"} >= kinds.keys() - elsewhere
    assert ("/v1/saved-queries/{name}", "unknown-saved-query") in seen
    assert of_quality <= {slug for path, slug in seen if path == "/v1/quality/results"}


@pytest.mark.parametrize(
    "name",
    [
        "MALFORMED_REQUEST",
        "UNKNOWN_METRIC",
        "UNKNOWN_SAVED_QUERY",
        "UNKNOWN_SNAPSHOT",
        "UNKNOWN_DIMENSION",
        "UNKNOWN_MEMBER",
        "UNKNOWN_SCHOOL_YEAR",
        "UNKNOWN_VALUE",
        "TOO_MUCH_ASKED",
    ],
)
def test_the_problem_shown_is_the_problem_met(client: TestClient, name: str) -> None:
    example = getattr(examples, name)
    real = client.get(example["instance"]).json()
    assert {**real, "alternatives": []} == {**example, "alternatives": []}
    # Shortened, and there may have come some since.
    shown = example.get("alternatives", [])
    assert [one for one in real.get("alternatives", []) if one in shown] == shown


def test_every_reference_leads_somewhere(openapi: Any) -> None:
    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
            return own.union(*map(references, node.values()))
        return set().union(*map(references, node)) if isinstance(node, list) else set()

    for reference in references(openapi):
        assert reference.removeprefix("#/components/schemas/") in openapi["components"]["schemas"]


def test_the_documentation_needs_no_network(client: TestClient) -> None:
    response = client.get("/docs")
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    assert not re.search(r"<script|(?:src|href)=[\"']?(?:https?:)?//", response.text)
    for path in MODELS:
        assert path in response.text


def test_the_page_sets_names_as_code_and_escapes_what_stands_in_them() -> None:
    page = docs_page({"info": {"title": "T", "description": "`a<b` of <i>"}, "paths": {}})
    assert "<p><code>a&lt;b</code> of &lt;i&gt;</p>" in page
