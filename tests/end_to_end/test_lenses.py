"""Every lens over a published snapshot: partitions add up to the total, overlapping ones say that they do not."""

import json
import random
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pandas as pd
import pytest

from api.app import create_app
from api.semantic.compile import FilterShape, QueryShape, parameter
from api.semantic.flat_queries import flat_queries
from api.semantic.manifest import SCHOOL_LENSES
from api.semantic.request import MAX_METRICS, QueryParameters, plan_query
from api.settings import ApiSettings
from api.snapshots.store import Served
from tests.end_to_end.stocktake import Stocktake

MODEL = "student_year"
YEAR = f"{MODEL}__school_year"
PAIRS_TRIED = 14

Counts = dict[str, float]


@pytest.fixture(scope="module")
def served(district: Stocktake) -> Iterator[Served]:
    """What the district's first run published."""
    app = create_app(ApiSettings(data_dir=district.folder, serving_dir=district.folder / "serving"))
    with app.state.store.lease() as served:
        yield served


@pytest.fixture(scope="module")
def expressions(district: Stocktake) -> dict[str, str]:
    """The column of the wide mart that each component adds up."""
    folder = district.folder / "serving" / "snapshots" / district.pointer()["snapshot_id"]
    manifest = json.loads((folder / "semantic_manifest.json").read_text())
    columns = {
        measure["name"]: measure["expr"] for model in manifest["semantic_models"] for measure in model["measures"]
    }
    return {
        metric["name"]: columns[metric["type_params"]["measure"]["name"]]
        for metric in manifest["metrics"]
        if metric["type"] == "simple"
    }


@pytest.fixture(scope="module")
def mart(served: Served) -> pd.DataFrame:
    snapshot = served.current()
    return pd.DataFrame(snapshot.rows(f"select * from {snapshot.catalogue.relations[MODEL]}", {}))


def metrics_by(served: Served, *lenses: str) -> list[str]:
    """Metrics of students' years that all of the lenses may split."""
    catalogue = served.current().catalogue
    return [
        metric.id
        for metric in catalogue.metrics.values()
        if metric.semantic_model == MODEL and set(lenses) <= set(metric.dimensions)
    ]


def counted(served: Served, metrics: list[str], lenses: tuple[str, ...]) -> dict[tuple[Any, ...], Counts]:
    """Every component of the metrics for each group, before anything is suppressed."""
    found: dict[tuple[Any, ...], Counts] = {}
    for start in range(0, len(metrics), MAX_METRICS):
        asked = QueryParameters(
            metrics=metrics[start : start + MAX_METRICS], group_by=list(lenses), school_year=["all"]
        )
        plan = plan_query(asked, served)
        for query in flat_queries(plan, list(plan.metrics)):
            for row in served.current().rows(served.current().compiler.compile(query.shape).sql, query.parameters):
                names = query.shape.components
                found.setdefault(query.group(row), {}).update({name: float(row[name] or 0) for name in names})
    return found


def totals(served: Served, components: list[str], scope: str) -> dict[int, Counts]:
    """The components of all rows of a scope."""
    shape = QueryShape(tuple(sorted(components)), (YEAR,), (FilterShape(f"{MODEL}__scope", "in", 1),))
    rows = served.current().rows(served.current().compiler.compile(shape).sql, {parameter(0, 0): scope})
    return {row[YEAR]: {name: float(row[name] or 0) for name in components} for row in rows}


def partitions(served: Served) -> list[str]:
    catalogue = served.current().catalogue
    return [name for name in catalogue.dimensions_of[MODEL] if catalogue.dimensions[name].kind == "partition"]


def test_the_members_of_a_partition_add_up_to_the_total_for_every_metric(served: Served) -> None:
    differing = []
    for lens in partitions(served):
        metrics = metrics_by(served, lens)
        groups = counted(served, metrics, (lens,))
        components = sorted({name for counts in groups.values() for name in counts})
        whole = totals(served, components, "school" if lens in SCHOOL_LENSES else "district")
        for year, expected in whole.items():
            for name in components:
                added = sum(counts[name] for group, counts in groups.items() if group[0] == year)
                # Sums of decimals as doubles: equal to a millionth.
                if added != pytest.approx(expected[name], rel=1e-9, abs=1e-6):
                    differing.append((lens, year, name, added, expected[name]))
    assert len(partitions(served)) == 25
    assert differing == []


def test_overlapping_groups_add_up_to_more_and_are_labelled(served: Served, district: Stocktake) -> None:
    dimensions = {one["id"]: one for one in district.get("/v1/dimensions")["data"]}
    overlapping = {name for name, one in dimensions.items() if one["kind"] == "multi"}
    assert overlapping == {"race_spd15", "program", "program_dosage"}
    everyone = totals(served, ["enrollment"], "district")
    for lens in overlapping:
        groups = counted(served, ["enrollment"], (lens,))
        for year, total in everyone.items():
            assert (
                sum(counts["enrollment"] for group, counts in groups.items() if group[0] == year) > total["enrollment"]
            )
        meta = district.get(f"/v1/query?metrics=enrollment&group_by={lens}")["meta"]
        assert meta["overlapping"] == [lens]


def test_products_of_lenses_equal_a_recount_of_the_mart(
    served: Served, mart: pd.DataFrame, expressions: dict[str, str]
) -> None:
    catalogue = served.current().catalogue
    lenses = sorted(catalogue.dimensions_of[MODEL])
    pairs = random.Random(20261126).sample(list(combinations(lenses, 2)), PAIRS_TRIED)
    # Overlapping lenses are few, so that a few pairs have one by design.
    for pair in [*pairs, ("program", "race_ethnicity"), ("program", "race_spd15"), ("attendance_band", "el_status")]:
        found = counted(served, metrics_by(served, *pair), pair)
        rows = mart[mart["scope"] == ("school" if set(pair) & SCHOOL_LENSES else "district")]
        for lens in pair:
            if catalogue.dimensions[lens].kind == "multi":
                rows = rows.assign(**{lens: rows[lens].str.strip("|").str.split("|")}).explode(lens)
        components = sorted({name for counts in found.values() for name in counts})
        columns = {expressions[name] for name in components}
        numbers = rows[[*columns]].apply(pd.to_numeric).astype("float64")
        expected = numbers.groupby([rows["school_year"], *(rows[lens] for lens in pair)]).sum()
        assert {tuple(group) for group in expected.index} == set(found), pair
        for group, counts in found.items():
            for name, count in counts.items():
                recounted = expected.loc[group, expressions[name]]
                assert count == pytest.approx(recounted, rel=1e-9, abs=1e-6), (pair, group, name)
