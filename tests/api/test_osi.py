"""The OSI document holds every public metric, and its expressions count what the API counts."""

import json
from typing import Any

import duckdb
import pytest
from fastapi.testclient import TestClient

from api.semantic.manifest import Catalogue
from api.semantic.osi import OsiExport, osi_export
from tests.api.serving_folder import SECOND, ServingFolder, manifest_metrics


@pytest.fixture(scope="module")
def export(manifest_json: str) -> OsiExport:
    return osi_export(manifest_json)


@pytest.fixture(scope="module")
def model(export: OsiExport) -> dict[str, Any]:
    (found,) = json.loads(export.document)["semantic_model"]
    return dict(found)


def described(element: dict[str, Any]) -> Any:
    (extension,) = element["custom_extensions"]
    return json.loads(extension["data"])["stocktake"]


def test_every_public_metric_is_in_it_with_its_definition(model: dict[str, Any], manifest_json: str) -> None:
    exported = {metric["name"]: metric for metric in model["metrics"]}
    definitions = {one["name"]: one["config"]["meta"].get("stocktake") for one in json.loads(manifest_json)["metrics"]}
    for metric in manifest_metrics(manifest_json):
        assert exported[metric]["description"]
        assert described(exported[metric]) == definitions[metric]


def test_every_lens_is_a_field_of_the_marts_that_have_it(model: dict[str, Any], manifest_json: str) -> None:
    catalogue = Catalogue.parse(manifest_json)
    for dataset in model["datasets"]:
        fields = {field["name"] for field in dataset["fields"] if "dimension" in field}
        assert catalogue.dimensions_of[dataset["name"]] <= fields
        assert dataset["source"] == catalogue.relations[dataset["name"]]
    lenses = [field for dataset in model["datasets"] for field in dataset["fields"] if "custom_extensions" in field]
    assert {field["name"] for field in lenses} == set(catalogue.dimensions)
    assert all(described(field)["time_policy"] for field in lenses)


def test_its_expressions_count_what_the_api_counts(
    client: TestClient, published: ServingFolder, model: dict[str, Any], manifest_json: str
) -> None:
    catalogue = Catalogue.parse(manifest_json)
    expressions = {metric["name"]: metric["expression"]["dialects"][0]["expression"] for metric in model["metrics"]}
    file = published.root / "snapshots" / SECOND / "district.duckdb"
    with duckdb.connect(str(file), read_only=True) as database:
        for metric in catalogue.metrics.values():
            parts = {part for part in (metric.id, metric.numerator, metric.denominator) if part}
            selected = ", ".join(f"{expressions[part]} as {part}" for part in sorted(parts))
            relation = catalogue.relations[metric.semantic_model]
            (found,) = (
                database.execute(
                    f"select {selected} from {relation} as {metric.semantic_model} "
                    "where scope = 'district' and school_year = 2026"
                )
                .df()
                .to_dict("records")
            )
            (row,) = client.get("/v1/query", params={"metrics": metric.id, "school_year": "2026"}).json()["data"]
            shown = row["n_students"] if metric.kind == "count" else row["value"]
            factor = 100 if metric.unit in ("percent", "per_100_students", "per_100_days") else 1
            assert shown == pytest.approx(factor * float(found[metric.id]), abs=0.5 * 10**-metric.decimals + 1e-9)
            for part in ("numerator", "denominator"):
                if row[part] is not None:
                    assert row[part] == pytest.approx(float(found[getattr(metric, part)])), (metric.id, part)


def test_what_it_cannot_say_is_listed(export: OsiExport, manifest_json: str) -> None:
    saved = [query["name"] for query in json.loads(manifest_json)["saved_queries"]]
    assert [line for line in export.lost if line.endswith("OSI has no saved queries")] == [
        f"{name}: OSI has no saved queries" for name in saved
    ]
    assert not any("the metric is not in the document" in line for line in export.lost)
    assert any(line.startswith("student_year: that a query must filter by `scope`") for line in export.lost)


def test_what_the_converter_drops_is_listed(manifest_json: str) -> None:
    manifest = json.loads(manifest_json)
    (metric,) = (one for one in manifest["metrics"] if one["name"] == "enrollment")
    metric["type_params"]["is_private"] = True
    lost = osi_export(json.dumps(manifest)).lost
    assert "enrollment: PRIVATE_METRIC_DROPPED" in lost
    assert "enrollment: the metric is not in the document" in lost
