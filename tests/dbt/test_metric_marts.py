"""The figures of all groups in the marts against a count of the same rows in pandas, their gaps against statsmodels."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, proportions_ztest

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


WHERE = KEY[:4]
"""What tells one organisation's figures of a metric and year from others."""
NEEDED = [
    "numerator",
    "denominator",
    "n_students",
    "comparator_n_students",
    "gap",
    "gap_lower",
    "gap_upper",
]
"""Columns of the gap of the year before that its change follows from."""


@pytest.fixture(scope="module")
def gaps(small_district: BuiltDistrict) -> pd.DataFrame:
    """Every gap of a share of students, with the counts of both sides as the figures have them."""
    figures = small_district.table("marts.mart_metric_by_group")
    figures = figures.astype(dict.fromkeys(KEY, object)).astype(dict.fromkeys(COUNTS, float))
    metrics = small_district.table("marts.dim_metric").query("is_proportion")
    found = small_district.table("marts.mart_metric_gap").astype(dict.fromkeys(KEY, object))
    found = found[found["metric_id"].isin(metrics["metric_id"])].merge(figures[[*KEY, *COUNTS[:2]]], on=KEY)
    everyone = figures.query("dimension == 'all'")[[*WHERE, *COUNTS[:2]]]
    of_member = figures[[*KEY, *COUNTS[:2]]].rename(columns={"member": "comparator_member"})
    found = found.merge(everyone, on=WHERE, suffixes=("", "_all"))
    found = found.merge(of_member, on=[*KEY[:5], "comparator_member"], how="left", suffixes=("", "_of_member"))
    others = found["comparator"] == "all_others"
    for part in COUNTS[:2]:
        of_others = found[f"{part}_all"] - found[part]
        found[f"{part}_compared"] = of_others.where(others, found[f"{part}_of_member"])
    return found


def test_gaps_have_the_intervals_of_statsmodels(gaps: pd.DataFrame) -> None:
    groups = gaps[gaps["comparator"].isin(["reference", "all_others", "highest"])]
    assert set(groups["comparator"]) == {"reference", "all_others", "highest"}
    counts = [groups[name].to_numpy() for name in ("numerator", "denominator")]
    compared = [groups[f"{name}_compared"].to_numpy() for name in ("numerator", "denominator")]
    expected = {
        "gap": confint_proportions_2indep(*counts, *compared, method="newcomb"),
        "value": proportion_confint(*counts, method="wilson"),
        "comparator_value": proportion_confint(*compared, method="wilson"),
    }
    for name, (lower, upper) in expected.items():
        np.testing.assert_allclose(groups[f"{name}_lower"], 100 * np.asarray(lower), atol=1e-9)
        np.testing.assert_allclose(groups[f"{name}_upper"], 100 * np.asarray(upper), atol=1e-9)


def test_gaps_have_the_ratios_of_statsmodels(gaps: pd.DataFrame) -> None:
    groups = gaps[gaps["comparator"].isin(["reference", "all_others", "highest"])]
    sample = groups.sample(400, random_state=20261126)
    assert sample["is_risk_ratio_corrected"].nunique() == 2
    for gap in sample.to_dict("records"):
        x1, n1, x2, n2 = (gap[f"{part}{side}"] for side in ("", "_compared") for part in ("numerator", "denominator"))
        cells = np.array([[x1, n1 - x1], [x2, n2 - x2]])
        for name, is_corrected in (
            ("risk_ratio", x1 == 0 or x2 == 0 or (x1 == n1 and x2 == n2)),
            ("odds_ratio", bool((cells == 0).any())),
        ):
            table = Table2x2(cells + 0.5 * is_corrected, shift_zeros=False)
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio, limits = (
                    (table.riskratio, table.riskratio_confint())
                    if name == "risk_ratio"
                    else (table.oddsratio, table.oddsratio_confint())
                )
            found = (gap[name], gap[f"{name}_lower"], gap[f"{name}_upper"])
            assert found == pytest.approx((ratio, *limits), rel=1e-9)
            assert gap[f"is_{name}_corrected"] == is_corrected


def test_gaps_are_screened_by_metric_year_and_comparator(gaps: pd.DataFrame) -> None:
    for comparator in ("reference", "all_others"):
        screens = gaps[gaps["comparator"] == comparator]
        x, n, x2, n2 = (screens[f"{part}{side}"] for side in ("", "_compared") for part in ("numerator", "denominator"))
        has_test = (x + x2 > 0) & (x + x2 < n + n2)
        assert screens.loc[~has_test, "q_value"].isna().all()
        tested = screens[has_test]
        p = [
            proportions_ztest([a, b], [m, k])[1]
            for a, m, b, k in zip(x[has_test], n[has_test], x2[has_test], n2[has_test], strict=True)
        ]
        for _, screen in tested.assign(p=p).groupby(["metric_id", "school_year"]):
            q = multipletests(screen["p"], method="fdr_bh")[1]
            np.testing.assert_allclose(screen["q_value"], q, rtol=1e-7, atol=1e-14)
    assert gaps.loc[gaps["comparator"].isin(["highest", "district"]), "q_value"].isna().all()


def test_what_is_no_share_of_students_or_no_other_group_has_no_interval(small_district: BuiltDistrict) -> None:
    rows = small_district.table(
        "(select comparator, is_proportion, count(*) as n, count(gap_lower) as n_intervals, "
        "count(risk_ratio) as n_ratios from marts.mart_metric_gap inner join marts.dim_metric using (metric_id) "
        "group by all)"
    )
    with_interval = rows["is_proportion"] & rows["comparator"].isin(["reference", "all_others", "highest"])
    assert (rows.loc[with_interval, "n_intervals"] == rows.loc[with_interval, "n"]).all()
    assert set(rows.loc[~rows["is_proportion"], "comparator"]) >= {"reference", "all_others", "district"}
    assert (rows.loc[~rows["is_proportion"], "n_intervals"] == 0).all()
    assert (rows.loc[rows["comparator"] == "district", "n_intervals"] == 0).all()
    assert (rows.loc[~with_interval, "n_ratios"] == 0).all()


def test_a_trend_has_the_intervals_of_statsmodels_and_a_verdict_that_follows(
    small_district: BuiltDistrict, gaps: pd.DataFrame
) -> None:
    """Newcombe's interval of a group's own change; Zou and Donner's of its gap's, written out."""
    directions = small_district.table("marts.dim_metric")[["metric_id", "direction"]]
    trends = small_district.table("marts.mart_metric_trend").astype(dict.fromkeys(KEY, object))
    to_reference = gaps[gaps["comparator"] == "reference"].merge(directions, on="metric_id")
    to_reference = to_reference[to_reference["direction"].isin(["higher_better", "lower_better"])]
    before = to_reference.assign(school_year=to_reference["school_year"] + 1)
    years = to_reference.merge(before[[*KEY, *NEEDED]], on=KEY, suffixes=("", "_before"))
    years = years.merge(trends, on=KEY, suffixes=("", "_trend"))
    assert len(years) > 500
    is_higher_better = (years["direction"] == "higher_better").to_numpy()

    def turned(lower: Any, upper: Any) -> tuple[Any, Any]:
        return np.where(is_higher_better, -upper, lower), np.where(is_higher_better, -lower, upper)

    own = confint_proportions_2indep(
        *(years[name].to_numpy() for name in ("numerator", "denominator", "numerator_before", "denominator_before")),
        method="newcomb",
    )
    for limit, found in zip(("lower", "upper"), turned(*(100 * np.asarray(one) for one in own)), strict=True):
        np.testing.assert_allclose(years[f"adverse_change_{limit}"], found, atol=1e-9)
    change = years["gap"] - years["gap_before"]
    below = np.hypot(years["gap"] - years["gap_lower"], years["gap_upper_before"] - years["gap_before"])
    above = np.hypot(years["gap_upper"] - years["gap"], years["gap_before"] - years["gap_lower_before"])
    lower, upper = turned(change - below, change + above)
    np.testing.assert_allclose(years["adverse_reference_gap_change_lower"], lower, atol=1e-9)
    np.testing.assert_allclose(years["adverse_reference_gap_change_upper"], upper, atol=1e-9)
    is_reliable = (years[["n_students", "comparator_n_students"]].min(axis=1) >= 30) & (
        years[["n_students_before", "comparator_n_students_before"]].min(axis=1) >= 30
    )
    verdict = np.select([upper < 0, lower > 0], ["closing", "widening"], "no_clear_change")
    assert (years["gap_verdict"].isna() == ~is_reliable).all()
    assert is_reliable.sum() > 10
    assert (years["gap_verdict"] == verdict)[is_reliable].all()
