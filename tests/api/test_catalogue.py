"""The definitions that the API shows, and the ones that it refuses to open."""

import json

import pytest
from fastapi.testclient import TestClient

from api.responses import DimensionList, MetricDefinition, MetricList
from api.semantic.manifest import Catalogue, CatalogueError
from tests.api.serving_folder import AS_OF, SECOND, manifest_metrics


def test_the_list_has_every_public_metric(client: TestClient, manifest_json: str) -> None:
    listed = MetricList.model_validate(client.get("/v1/metrics").json())
    assert [metric.id for metric in listed.data] == manifest_metrics(manifest_json)
    assert {metric.snapshot_id for metric in listed.data} == {SECOND}
    assert {str(metric.as_of) for metric in listed.data} == {AS_OF}


def test_variants_know_one_another(client: TestClient) -> None:
    listed = MetricList.model_validate(client.get("/v1/metrics").json())
    chronic = {metric.id: metric for metric in listed.data if metric.id.startswith("chronic_absence")}
    assert {variant.variant for variant in chronic["chronic_absence_rate"].variants} == {
        "federal",
        "ca_dashboard",
        "severe",
    }
    assert chronic["chronic_absence_rate"].variants == chronic["chronic_absence_rate_ca_dashboard"].variants


def test_every_definition_is_complete(client: TestClient, manifest_json: str) -> None:
    for metric in manifest_metrics(manifest_json):
        defined = MetricDefinition.model_validate(client.get(f"/v1/metrics/{metric}").json())
        assert defined.question.endswith("?")
        assert defined.how_to_read and defined.misreadings and defined.standard and defined.inclusion
        assert defined.minimum_n >= 10
        assert defined.formula.n_students.label in defined.formula.text or defined.formula.numerator is not None
        assert defined.certification.snapshot_id == SECOND


def test_component_metrics_are_not_public(client: TestClient) -> None:
    assert client.get("/v1/metrics/attended_days").status_code == 404
    assert client.get("/v1/query?metrics=attended_days").status_code == 404


def test_dimensions_have_members_and_a_time_policy(client: TestClient) -> None:
    dimensions = DimensionList.model_validate(client.get("/v1/dimensions").json()).data
    assert len(dimensions) == 30
    assert {one.id for one in dimensions if one.kind == "multi"} == {"race_spd15", "program", "program_dosage"}
    for dimension in dimensions:
        assert dimension.members and dimension.time_policy and dimension.description
    schools = next(dimension for dimension in dimensions if dimension.id == "school")
    assert schools.members[0].label == "Aspen Elementary"


@pytest.mark.parametrize("field", ["question", "decimals", "n_students", "dimensions", "minimum_n_report"])
def test_an_incomplete_definition_is_named(manifest_json: str, field: str) -> None:
    manifest = json.loads(manifest_json)
    meta = next(metric for metric in manifest["metrics"] if metric["name"] == "oss_rate")["config"]["meta"]
    del meta["stocktake"][field]
    with pytest.raises(CatalogueError, match=field):
        Catalogue.parse(json.dumps(manifest))


def test_a_component_that_does_not_exist_is_named(manifest_json: str) -> None:
    manifest = json.loads(manifest_json)
    meta = next(metric for metric in manifest["metrics"] if metric["name"] == "oss_rate")["config"]["meta"]
    meta["stocktake"]["numerator"] = "no_such_component"
    with pytest.raises(CatalogueError, match=r"oss_rate.*no_such_component"):
        Catalogue.parse(json.dumps(manifest))


def test_something_else_than_a_manifest_is_refused() -> None:
    for text in ("", "[]", "{}", '{"semantic_models": [], "metrics": []}'):
        with pytest.raises(CatalogueError):
            Catalogue.parse(text)
