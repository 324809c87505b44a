"""The figures of all groups in the marts against a count of the same rows in pandas, from the definitions."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest

from tests.dbt.conftest import BuiltDistrict, ParsedProject

ORGANIZATION = {"school": "school", "school_level": "school_level"}
OVERLAPPING = {"race_spd15", "program", "program_dosage"}
KEY = ["metric_id", "school_year", "organization_level", "organization", "dimension", "member"]
COUNTS = ["numerator", "denominator", "n_students", "n_unknown"]


@dataclass(frozen=True)
class Definition:
    """A public metric as the semantic manifest has it; components are pairs of aggregation and column."""

    id: str
    table: str
    meta: dict[str, Any]
    components: dict[str, tuple[str, str] | None]

    @property
    def groups(self) -> list[str]:
        return [lens for lens in self.meta["dimensions"] if lens not in ORGANIZATION]


@pytest.fixture(scope="module")
def definitions(parsed_project: ParsedProject) -> list[Definition]:
    manifest = json.loads((parsed_project.target / "semantic_manifest.json").read_text())
    measures = {
        measure["name"]: (model["node_relation"]["alias"], measure["agg"], measure["expr"])
        for model in manifest["semantic_models"]
        for measure in model["measures"]
    }
    components = {
        metric["name"]: measures[metric["type_params"]["measure"]["name"]]
        for metric in manifest["metrics"]
        if metric["type"] == "simple"
    }

    def component(name: str | None) -> tuple[str, str] | None:
        return None if name is None else components[name][1:]

    found = []
    for metric in manifest["metrics"]:
        meta = ((metric["config"] or {}).get("meta") or {}).get("stocktake")
        if meta:
            parts = {part: meta.get(part) for part in ("numerator", "denominator", "n_students", "unknown")}
            found.append(
                Definition(
                    metric["name"],
                    components[meta["n_students"]][0],
                    meta,
                    {part: component(name) for part, name in parts.items()},
                )
            )
    return found


def counted(rows: pd.DataFrame, definition: Definition, by: list[str]) -> pd.DataFrame:
    grouped = rows.groupby(by, dropna=False)
    columns = {}
    for part, component in definition.components.items():
        if component is None:
            columns[part] = grouped.size() * 0.0
        else:
            aggregation, column = component
            columns[part] = grouped[column].nunique() if aggregation == "count_distinct" else grouped[column].sum()
    return pd.DataFrame(columns).astype(float).reset_index()


def expected(definition: Definition, table: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for level in ("district", "school_level", "school"):
        rows = table[table["scope"] == ("district" if level == "district" else "school")]
        organization = rows["school"] if level == "district" else rows[level]
        rows = rows.assign(organization=organization, organization_level=level)
        for lens in [None, *definition.groups]:
            of_lens = rows.assign(dimension=lens or "all", member=rows[lens] if lens else "all")
            # A student of several groups is a row of each.
            if lens in OVERLAPPING:
                of_lens = of_lens.assign(member=of_lens["member"].str.strip("|").str.split("|")).explode("member")
            yield counted(of_lens, definition, KEY[1:]).assign(metric_id=definition.id)


def test_every_metric_of_every_group_is_counted_as_it_is_defined(
    small_district: BuiltDistrict, definitions: list[Definition]
) -> None:
    tables = {name: small_district.table(f"marts.{name}") for name in {each.table for each in definitions}}
    count = pd.concat([frame for each in definitions for frame in expected(each, tables[each.table])])
    count = count.rename(columns={"unknown": "n_unknown"})
    count = _by_key(count[(count["n_students"] > 0) | (count["n_unknown"] > 0)])
    figures = _by_key(small_district.table("marts.mart_metric_by_group"))
    assert len(figures) > 5_000
    assert set(figures.index) == set(count.index)
    pd.testing.assert_frame_equal(figures, count, rtol=1e-12)


def _by_key(figures: pd.DataFrame) -> pd.DataFrame:
    keyed = figures.astype(dict.fromkeys(KEY, object)).set_index(KEY)
    return keyed[COUNTS].astype(float).sort_index()
