"""The project describes itself: models beside their YAML, columns, owners, tests, and complete metrics."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingestion.mapping import raw_tables
from quality.registry import METRIC_IDS
from tests.dbt.conftest import PROJECT, BuiltDistrict, ParsedProject

PUBLIC_METRICS = set(METRIC_IDS)
REQUIRED_META = {
    "title",
    "question",
    "family",
    "version",
    "direction",
    "unit",
    "decimals",
    "kind",
    "numerator",
    "denominator",
    "n_students",
    "unknown",
    "variant_of",
    "variant",
    "parameters",
    "inclusion",
    "dimensions",
    "time_policy",
    "minimum_n_report",
    "how_to_read",
    "misreadings",
    "standard",
    "owner",
    "feeds",
}
DECIDED_BY_THE_METRIC = {
    **dict.fromkeys(
        (
            "chronic_absence_rate",
            "chronic_absence_rate_ca_dashboard",
            "severe_chronic_absence_rate",
            "absent_20_plus_rate",
            "satisfactory_attendance_rate",
        ),
        "attendance_band",
    ),
    **dict.fromkeys(("stability_rate", "mobility_rate", "mobility_incidence"), "mobility_status"),
}
"""The lens by which each of these metrics would only be cut into all and none."""
MODELS = sorted((PROJECT / "models").rglob("*.sql"))


@pytest.fixture(scope="module")
def manifest(parsed_project: ParsedProject) -> dict[str, Any]:
    return json.loads((parsed_project.target / "manifest.json").read_text())


@pytest.fixture(scope="module")
def semantics(parsed_project: ParsedProject) -> dict[str, Any]:
    return json.loads((parsed_project.target / "semantic_manifest.json").read_text())


def nodes(manifest: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == kind]


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_model_has_a_yaml_of_the_same_name_that_describes_only_it(path: Path) -> None:
    content = yaml.safe_load(path.with_suffix(".yml").read_text())
    (model,) = content["models"]
    assert model["name"] == path.stem
    assert model["description"].rstrip().endswith("."), "describe the model in sentences"
    assert "One row per" in model["description"] or "one row per" in model["description"]
    assert model["config"]["meta"]["owner"]


def test_every_column_in_the_warehouse_is_described_and_no_other(
    small_district: BuiltDistrict, manifest: dict[str, Any]
) -> None:
    columns = small_district.table("information_schema.columns")
    for model in nodes(manifest, "model"):
        in_warehouse = set(
            columns.query("table_schema == @model['schema'] and table_name == @model['name']")["column_name"]
        )
        described = {name for name, column in model["columns"].items() if column["description"].strip()}
        assert described == in_warehouse, model["name"]


def test_every_mart_has_data_tests(manifest: dict[str, Any]) -> None:
    tested = {node["attached_node"] for node in nodes(manifest, "test") if node.get("attached_node")}
    marts = {model["unique_id"] for model in nodes(manifest, "model") if model["schema"] == "marts"}
    assert marts <= tested


def test_every_step_that_computes_has_a_unit_test(manifest: dict[str, Any]) -> None:
    tested = {unit["model"] for unit in manifest["unit_tests"].values()}
    needs = {
        model["name"] for model in nodes(manifest, "model") if model["name"].endswith(("_measured", "_determined"))
    }
    assert needs | {"int_student_years_assembled", "fct_attendance_student_district_year"} <= tested


def test_schemas_are_named_as_the_layers(manifest: dict[str, Any]) -> None:
    for model in nodes(manifest, "model"):
        layer = Path(model["original_file_path"]).parts[1]
        assert model["schema"] == layer, model["name"]
    assert {seed["schema"] for seed in nodes(manifest, "seed")} == {"reference"}


def measure_of(metric: dict[str, Any]) -> str:
    return str(metric["type_params"]["measure"]["name"])


def test_a_lens_is_described_once_and_shared_by_its_name(semantics: dict[str, Any]) -> None:
    described: list[str] = []
    shared: set[str] = set()
    for model in semantics["semantic_models"]:
        for dimension in model["dimensions"]:
            meta = dimension["config"]["meta"] if dimension.get("config") else {}
            if "stocktake" in meta:
                described.append(dimension["name"])
            elif meta.get("stocktake_role") == "shared":
                shared.add(dimension["name"])
    assert len(described) == len(set(described))
    assert shared <= set(described)


def test_public_metrics_are_complete(semantics: dict[str, Any]) -> None:
    metrics = {metric["name"]: metric for metric in semantics["metrics"]}
    public = {
        name: m["config"]["meta"]["stocktake"] for name, m in metrics.items() if "stocktake" in m["config"]["meta"]
    }
    assert set(public) == PUBLIC_METRICS
    lenses_of = {
        model["name"]: {
            dimension["name"]
            for dimension in model["dimensions"]
            if "stocktake" in dimension["config"]["meta"]
            or dimension["config"]["meta"].get("stocktake_role") == "shared"
        }
        for model in semantics["semantic_models"]
    }
    model_of = {measure["name"]: m["name"] for m in semantics["semantic_models"] for measure in m["measures"]}
    assert len(lenses_of["student_year"]) == 28
    raw_tables = {f"{path.parent.name}__{path.stem.split('__')[1]}" for path in MODELS if path.stem.startswith("stg_")}
    for name, meta in public.items():
        assert set(meta) == REQUIRED_META, name
        lenses = lenses_of[model_of[measure_of(metrics[meta["n_students"]])]]
        assert set(meta["dimensions"]) == lenses - {DECIDED_BY_THE_METRIC.get(name)}, name
        assert set(meta["feeds"]) <= raw_tables, name
        assert meta["question"].endswith("?"), name
        assert meta["misreadings"], name
        assert meta["minimum_n_report"] == 10, name
        parts = [meta[part] for part in ("numerator", "denominator", "n_students", "unknown") if meta[part]]
        assert set(parts) <= set(metrics), name
        ratio = metrics[name]["type_params"]
        if meta["kind"] == "total":
            assert (meta["numerator"], meta["denominator"]) == (name, None)
        elif meta["kind"] != "count":
            assert ratio["numerator"]["name"] == meta["numerator"]
            assert ratio["denominator"]["name"] == meta["denominator"]


def test_other_metrics_are_components(semantics: dict[str, Any]) -> None:
    others = [metric for metric in semantics["metrics"] if metric["name"] not in PUBLIC_METRICS]
    assert others
    for metric in others:
        assert metric["type"] == "simple"
        assert metric["config"]["meta"]["component"] is True


def test_catalogue_of_lenses_lists_the_values_of_the_mart(
    small_district: BuiltDistrict, semantics: dict[str, Any]
) -> None:
    mart = small_district.table("marts.mart_student_year_by_scope")
    listed = small_district.table("marts.dim_lens_member")
    (model,) = (one for one in semantics["semantic_models"] if one["name"] == "student_year")
    for dimension in model["dimensions"]:
        meta = dimension["config"]["meta"].get("stocktake")
        if not meta:
            continue
        assert {"title", "kind", "time_policy", "members", "description", "reference_member"} <= set(meta)
        members = {member["value"] for member in meta["members"]}
        if dimension["name"] == "school":
            members = {*small_district.table("marts.dim_school")["school_number"], "district"}
        members |= set(listed.loc[listed["lens"] == dimension["name"], "member"])
        found = mart[dimension["name"]]
        if meta["kind"] == "multi":
            assert found.str.fullmatch(r"\|([^|]+\|)+").all(), dimension["name"]
            found = found.str.strip("|").str.split("|").explode()
        assert set(found) <= members, dimension["name"]
        assert meta["reference_member"] is None or meta["reference_member"] in members


def test_every_raw_table_is_a_source_with_a_staging_model(manifest: dict[str, Any]) -> None:
    sources = {s["name"]: s for s in manifest["sources"].values() if s["source_name"] == "raw"}
    staged = {
        model["name"].removeprefix("stg_") for model in nodes(manifest, "model") if model["name"].startswith("stg_")
    }
    assert set(sources) == staged == set(raw_tables())
    for source in sources.values():
        assert source["description"]
        assert source["config"]["meta"]["owner"]


def test_every_raw_table_is_balanced_against_the_quarantine(manifest: dict[str, Any]) -> None:
    balance = next(
        node for node in nodes(manifest, "test") if node["name"] == "assert_landed_rows_are_staged_or_quarantined"
    )
    staged = {model["unique_id"] for model in nodes(manifest, "model") if model["name"].startswith("stg_")}
    assert staged <= set(balance["depends_on"]["nodes"])


def test_every_conformed_model_says_all_that_its_concept_needs(manifest: dict[str, Any]) -> None:
    """A system that conforms has exactly the columns that the union of all systems reads."""
    models = {model["name"]: model for model in nodes(manifest, "model")}
    conformed = [name for name in models if name.startswith("conformed_")]
    assert conformed
    for name in conformed:
        concept = name.removeprefix("conformed_").split("__", 1)[1]
        united = set(models[f"int_{concept}_united"]["columns"]) - {"source_system"}
        assert set(models[name]["columns"]) == united, name
