"""The project describes itself: models beside their YAML, columns, owners, tests, and complete metrics."""

import json
import re
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
    "minimum_n_reliability",
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
    **dict.fromkeys(("el_progress_rate", "el_reclassification_rate", "ltel_rate"), "el_status"),
    **dict.fromkeys(("sped_identification_rate", "section_504_rate"), "disability_status"),
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


FILLERS = frozenset(
    "a an and are as at by for from in is it its of on or per that the this to was which with who whose when "
    "whether".split()
)
"""Words that say nothing alone."""


def says_nothing(name: str, description: str | None) -> bool:
    """Whether a description is missing, shorter than three words, or only the name in other words."""
    words = re.findall(r"[a-z0-9]+", (description or "").lower())
    in_name = {word.rstrip("s") for word in name.lower().split("_")}
    return len(words) < 3 or all(word in FILLERS or word.rstrip("s") in in_name for word in words)


def described(manifest: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What must be described: where it stands, its name, its description."""
    found = []
    for node in (*nodes(manifest, "model"), *nodes(manifest, "seed")):
        file = (node["patch_path"] or node["original_file_path"]).removeprefix("stocktake://")
        found.append((file, node["name"], node["description"]))
        found += [(f"{file}, {node['name']}", name, column["description"]) for name, column in node["columns"].items()]
    # The descriptions of raw tables come from ingestion/sources/*/mapping.yml.
    found += [(one["original_file_path"], one["name"], one["description"]) for one in manifest["sources"].values()]
    found += [(one["original_file_path"], one["name"], one["description"]) for one in manifest["metrics"].values()]
    found += [(one["original_file_path"], one["name"], one["description"]) for one in manifest["exposures"].values()]
    found += [
        (one["original_file_path"], one["name"], one["description"]) for one in manifest["saved_queries"].values()
    ]
    for model in manifest["semantic_models"].values():
        elements = [*model["dimensions"], *model["measures"]]
        found += [(model["original_file_path"], one["name"], one["description"]) for one in elements]
    return found


def test_every_description_says_something(manifest: dict[str, Any]) -> None:
    empty = [f"{name} in {where}: {text!r}" for where, name, text in described(manifest) if says_nothing(name, text)]
    assert empty == [], "say in three words or more what the name does not"


@pytest.mark.parametrize(
    ("name", "description"),
    [("school_key", ""), ("school_key", None), ("school_key", "The school key."), ("begins_on", "First day.")],
)
def test_empty_words_are_found(name: str, description: str | None) -> None:
    assert says_nothing(name, description)
    assert not says_nothing(name, "First day on which it holds, inclusive.")


def test_every_lens_says_what_it_is(semantics: dict[str, Any]) -> None:
    lenses = {
        dimension["name"]: dimension["config"]["meta"]["stocktake"]
        for model in semantics["semantic_models"]
        for dimension in model["dimensions"]
        if "stocktake" in dimension["config"]["meta"]
    }
    assert [name for name, lens in lenses.items() if says_nothing(name, lens["description"])] == []


def test_marts_are_a_contract_and_what_comes_before_is_not(manifest: dict[str, Any]) -> None:
    access = {"staging": "private", "intermediate": "protected", "marts": "public"}
    untyped = []
    for model in nodes(manifest, "model"):
        assert model["access"] == access[model["schema"]], model["name"]
        assert model["group"] in {group["name"] for group in manifest["groups"].values()}, model["name"]
        assert model["config"]["contract"]["enforced"] is (model["schema"] == "marts"), model["name"]
        if model["schema"] == "marts":
            untyped += [f"{model['name']}.{column}" for column, one in model["columns"].items() if not one["data_type"]]
    assert untyped == [], "give each column of a mart its `data_type`, as `string`, `bigint` or `decimal(18, 4)`"


def test_groups_have_owners(manifest: dict[str, Any]) -> None:
    for group in manifest["groups"].values():
        assert group["owner"]["name"]


def test_exposures_name_every_mart_that_leaves_the_warehouse(manifest: dict[str, Any]) -> None:
    exposures = {one["name"]: one for one in manifest["exposures"].values()}
    marts = {model["unique_id"] for model in nodes(manifest, "model") if model["schema"] == "marts"}
    missing = marts - set(exposures["published_snapshot"]["depends_on"]["nodes"])
    assert sorted(missing) == [], "name them under published_snapshot in dbt_project/models/marts/_exposures.yml"
    counted_from = {node for model in manifest["semantic_models"].values() for node in model["depends_on"]["nodes"]}
    read = set(exposures["metrics_api"]["depends_on"]["nodes"])
    assert sorted(counted_from - read) == [], "name them under metrics_api in dbt_project/models/marts/_exposures.yml"
    for exposure in exposures.values():
        assert exposure["owner"]["name"]
        assert set(exposure["depends_on"]["nodes"]) <= marts, "what is not a mart is not published"


def test_every_mart_has_data_tests_or_columns_that_are_never_empty(manifest: dict[str, Any]) -> None:
    tested = {node["attached_node"] for node in nodes(manifest, "test") if node.get("attached_node")}
    marts = [model for model in nodes(manifest, "model") if model["schema"] == "marts"]
    for mart in marts:
        is_constrained = any(column["constraints"] for column in mart["columns"].values())
        assert is_constrained or mart["unique_id"] in tested, mart["name"]


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
        # States do not print growth of fewer than 20 students.
        assert meta["minimum_n_report"] == (20 if meta["family"] == "growth" else 10), name
        assert meta["minimum_n_reliability"] >= max(30, meta["minimum_n_report"]), name
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
