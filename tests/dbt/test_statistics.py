"""The SQL functions of schema `statistics`: golden vectors, scipy and statsmodels, and what a snapshot carries."""

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportion_confint,
    proportion_effectsize,
    proportions_ztest,
)

from quality.snapshots import DistrictInfo, publish_snapshot
from quality.validation import OpenIssues, Validation
from tests.dbt.conftest import ParsedProject, run_dbt

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "statistics.md"
GOLDEN = [
    ("wilson(56, 70)", {"lower": 0.69183, "upper": 0.87695}),
    ("wilson(0, 10)", {"lower": 0.0, "upper": 0.27753}),
    ("wilson(12, 12)", {"lower": 0.75751, "upper": 1.0}),
    ("newcombe(56, 70, 48, 80)", {"estimate": 0.20, "lower": 0.05243, "upper": 0.33387}),
    ("newcombe(9, 10, 3, 10)", {"estimate": 0.60, "lower": 0.17052, "upper": 0.80902}),
    ("newcombe(10, 10, 0, 20)", {"estimate": 1.00, "lower": 0.67909, "upper": 1.00000}),
    ("newcombe(5, 56, 0, 29)", {"estimate": 0.08929, "lower": -0.03814, "upper": 0.19256}),
    ("newcombe(120, 400, 180, 1200)", {"estimate": 0.15, "lower": 0.10216, "upper": 0.20039}),
    ("newcombe(104, 400, 170, 1200)", {"estimate": 0.11833, "lower": 0.07272, "upper": 0.16714}),
    ("risk_ratio(120, 400, 180, 1200)", {"estimate": 2.0, "lower": 1.63522, "upper": 2.44615, "is_corrected": False}),
    ("odds_ratio(120, 400, 180, 1200)", {"estimate": 2.42857, "lower": 1.86106, "upper": 3.16914}),
    ("cohens_h(120, 400, 180, 1200)", {"estimate": 0.36388, "standard_error": 0.05774}),
    (
        "change_wald(104, 400, 170, 1200, 120, 400, 180, 1200)",
        {"estimate": -0.03167, "lower": -0.09994, "upper": 0.03661},
    ),
    (
        "change_mover(0.1183333, 0.0727178, 0.1671409, 0.15, 0.1021557, 0.2003910)",
        {"estimate": -0.03167, "lower": -0.09964, "upper": 0.03668},
    ),
    ("probability_of_superiority([40, 60, 70, 30], [90, 70, 30, 10])", 0.685),
    ("tie_split_v([40, 60, 70, 30], [90, 70, 30, 10])", 0.68126),
    ("index_of_disparity_best([0.30, 0.18, 0.12, 0.10], false)", 100.0),
    ("index_of_disparity_mean([0.30, 0.18, 0.12, 0.10], [400, 600, 300, 300])", 36.39456),
    ("theil_index([0.30, 0.18, 0.12, 0.10], [400, 600, 300, 300])", 0.07825),
    ("mean_log_deviation([0.30, 0.18, 0.12, 0.10], [400, 600, 300, 300])", 0.07915),
    ("between_group_variance([0.30, 0.18, 0.12, 0.10], [400, 600, 300, 300])", 0.005461),
    ("idea_risk_ratio(24, 150, 40, 500, 10, 30)", 2.0),
    ("idea_alternate_risk_ratio(24, 150, 9000, 180000, 10, 30)", 3.2),
]
"""Published and hand-computed values; those of Newcombe (1998) are in the rows of his table."""

NO_ANSWER = [
    "wilson(1, 0)",
    "wilson(null, 10)",
    "wilson(3, null)",
    "wilson(11, 10)",
    "wilson(-1, 10)",
    "newcombe(1, 0, 3, 10)",
    "newcombe(1, 10, null, 10)",
    "risk_ratio(1, 0, 3, 10)",
    "risk_ratio(1, 10, 3, null)",
    "odds_ratio(null, 10, 3, 10)",
    "cohens_h(1, 10, 1, 0)",
    "two_proportion_z(0, 10, 0, 10)",
    "two_proportion_z(1, 0, 3, 10)",
    "one_proportion_z(1, 10, 0)",
    "one_proportion_z(1, 0, 0.5)",
    "welch(1.0, 2.0, 1, 1.0, 2.0, 10)",
    "welch(null, 2.0, 10, 1.0, 2.0, 10)",
    "welch(1.0, 0.0, 10, 1.0, 0.0, 10)",
    "hedges_g(1.0, 2.0, 10, null, 2.0, 10)",
    "change_mover(0.1, 0.0, 0.2, 0.1, null, 0.2)",
    "change_wald(1, 10, 1, 10, 1, 10, 1, 0)",
    "normal_cdf(null)",
    "normal_quantile(1)",
    "normal_quantile(null)",
    "two_sided_p(null)",
    "t_quantile(0.975, 1.9)",
    "t_quantile(0.975, null)",
    "theil_index([0.1, null], [10, 20])",
    "theil_index([0.1, 0.2], [10])",
    "theil_index([0.0, 0.0], [10, 20])",
    "theil_index(null, [10, 20])",
    "mean_log_deviation([0.1, 0.0], [10, 20])",
    "index_of_disparity_best([0.1, 0.0], false)",
    "index_of_disparity_best([0.1], false)",
    "index_of_disparity_mean([0.1, 0.2], [10, null])",
    "between_group_variance([], [])",
    "probability_of_superiority([1, 2], [1, 2, 3])",
    "probability_of_superiority([0, 0], [1, 2])",
    "tie_split_v([1, null], [1, 2])",
    "tie_split_v([0, 5], [5, 0])",
    "idea_risk_ratio(9, 150, 40, 500, 10, 30)",
    "idea_risk_ratio(24, 29, 40, 500, 10, 30)",
    "idea_risk_ratio(24, 150, 9, 500, 10, 30)",
    "idea_risk_ratio(24, 150, 12, 29, 10, 30)",
    "idea_risk_ratio(24, 150, 0, 500, 0, 0)",
    "idea_alternate_risk_ratio(24, 150, null, 180000, 10, 30)",
]


@pytest.fixture(scope="module")
def warehouse_file(parsed_project: ParsedProject, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse after the shortest run of dbt that there is."""
    folder = tmp_path_factory.mktemp("statistics")
    file = folder / "district.duckdb"
    result = run_dbt(["seed", "--select", "letter_marks"], file, folder / "target", parsed_project.manifest)
    assert result.success, result.exception
    return file


@pytest.fixture(scope="module")
def connection(warehouse_file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(warehouse_file), read_only=True) as found:
        yield found


def value(connection: duckdb.DuckDBPyConnection, call: str, schema: str = "statistics") -> Any:
    row = connection.execute(f"select {schema}.{call}").fetchone()
    assert row is not None
    return row[0]


def each(connection: duckdb.DuckDBPyConnection, call: str, cases: list[tuple[Any, ...]], names: str) -> list[Any]:
    """The function's answer to each case, whose elements have the names."""
    columns = names.split()
    given_cases = pd.DataFrame(cases, columns=columns)
    connection.register("given_cases", given_cases)
    return [
        answer
        for (answer,) in connection.execute(
            f"select statistics.{call}({', '.join(columns)}) from given_cases"
        ).fetchall()
    ]


@pytest.mark.parametrize(("call", "expected"), GOLDEN)
def test_golden_vectors(connection: duckdb.DuckDBPyConnection, call: str, expected: Any) -> None:
    answer = value(connection, call)
    if isinstance(expected, dict):
        assert {name: answer[name] for name in expected} == pytest.approx(expected, abs=5.1e-6)
    else:
        assert answer == pytest.approx(expected, abs=5.1e-6)


@pytest.mark.parametrize("call", NO_ANSWER)
def test_what_cannot_be_answered_is_null(connection: duckdb.DuckDBPyConnection, call: str) -> None:
    answer = value(connection, call)
    limits = [answer["lower"], answer["upper"]] if isinstance(answer, dict) else [answer]
    assert set(limits) == {None}


def test_kitagawa_adds_up_to_the_gap(connection: duckdb.DuckDBPyConnection) -> None:
    strata = "select * from (values (60, 200, 25, 50), (45, 100, 90, 150), (30, 50, 225, 300)) as t(x_a, n_a, x_b, n_b)"
    (found,) = connection.execute("from statistics.kitagawa($strata)", {"strata": strata}).df().to_dict("records")
    assert found == pytest.approx(
        {
            "rate_a": 0.385714,
            "rate_b": 0.68,
            "gap": -0.294286,
            "rate_effect": -0.166786,
            "composition_effect": -0.1275,
            "coverage_a": 1.0,
            "coverage_b": 1.0,
        },
        abs=5.1e-7,
    )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(*(st.integers(0, 60), st.integers(0, 60)) * 2).map(
        lambda row: (min(row[:2]), max(row[:2]), min(row[2:]), max(row[2:]))
    ), min_size=1, max_size=8)
)  # fmt: skip
def test_kitagawa_is_exact_whatever_strata_are_empty(
    connection: duckdb.DuckDBPyConnection, strata: list[tuple[int, int, int, int]]
) -> None:
    assume(sum(row[1] for row in strata) and sum(row[3] for row in strata))
    query = f"select * from (values {', '.join(map(str, strata))}) as t(x_a, n_a, x_b, n_b)"
    (found,) = connection.execute("from statistics.kitagawa($query)", {"query": query}).df().to_dict("records")
    x_a, n_a, x_b, n_b = (np.array(column, dtype=float) for column in zip(*strata, strict=True))
    gap = x_a.sum() / n_a.sum() - x_b.sum() / n_b.sum()
    assert found["gap"] == pytest.approx(gap, abs=1e-12)
    assert found["rate_effect"] + found["composition_effect"] == pytest.approx(gap, abs=1e-12)
    both = (n_a > 0) & (n_b > 0)
    assert found["coverage_a"] == pytest.approx(n_a[both].sum() / n_a.sum())
    assert found["coverage_b"] == pytest.approx(n_b[both].sum() / n_b.sum())


def test_kitagawa_of_a_group_without_anybody_has_no_answer(connection: duckdb.DuckDBPyConnection) -> None:
    strata = "select 1 as x_a, 2 as n_a, 0 as x_b, 0 as n_b"
    (found,) = connection.execute("from statistics.kitagawa($strata)", {"strata": strata}).fetchall()
    assert set(found) == {None}


counts = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
two_groups = st.tuples(counts, counts).map(lambda pair: (*pair[0], *pair[1]))


@settings(max_examples=40, deadline=None)
@given(st.lists(counts, min_size=1, max_size=40))
def test_wilson_is_that_of_statsmodels(connection: duckdb.DuckDBPyConnection, cases: list[tuple[int, int]]) -> None:
    for case, answer in zip(cases, each(connection, "wilson", cases, "x n"), strict=True):
        expected = proportion_confint(*case, method="wilson")
        assert (answer["lower"], answer["upper"]) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.lists(two_groups, min_size=1, max_size=40))
def test_differences_are_those_of_statsmodels(
    connection: duckdb.DuckDBPyConnection, cases: list[tuple[int, int, int, int]]
) -> None:
    names = "x1 n1 x2 n2"
    newcombe = each(connection, "newcombe", cases, names)
    h = each(connection, "cohens_h", cases, names)
    z = each(connection, "two_proportion_z", cases, names)
    for (x1, n1, x2, n2), difference, effect, score in zip(cases, newcombe, h, z, strict=True):
        expected = confint_proportions_2indep(x1, n1, x2, n2, method="newcomb")
        assert (difference["lower"], difference["upper"]) == pytest.approx(expected, abs=1e-12)
        assert difference["estimate"] == pytest.approx(x1 / n1 - x2 / n2, abs=1e-12)
        assert effect["estimate"] == pytest.approx(proportion_effectsize(x1 / n1, x2 / n2), abs=1e-12)
        if 0 < x1 + x2 < n1 + n2:
            statistic, p = proportions_ztest([x1, x2], [n1, n2])
            assert score == pytest.approx(statistic, rel=1e-9, abs=1e-12)
            assert value(connection, f"two_sided_p({score}::double)") == pytest.approx(p, rel=1e-7, abs=1e-14)
        else:
            assert score is None


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(counts, st.floats(0.01, 0.99)).map(lambda one: (*one[0], one[1])), min_size=1, max_size=40))
def test_the_distance_from_a_target_is_that_of_statsmodels(
    connection: duckdb.DuckDBPyConnection, cases: list[tuple[int, int, float]]
) -> None:
    for (x, n, target), score in zip(cases, each(connection, "one_proportion_z", cases, "x n target"), strict=True):
        expected, _ = proportions_ztest(x, n, target, prop_var=target)
        assert score == pytest.approx(expected, rel=1e-9, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.lists(two_groups, min_size=1, max_size=40))
def test_ratios_are_those_of_statsmodels(
    connection: duckdb.DuckDBPyConnection, cases: list[tuple[int, int, int, int]]
) -> None:
    cases = [*cases, (0, 10, 3, 20), (3, 10, 0, 20), (10, 10, 20, 20), (10, 10, 5, 20), (0, 10, 0, 20)]
    risks = each(connection, "risk_ratio", cases, "x1 n1 x2 n2")
    odds = each(connection, "odds_ratio", cases, "x1 n1 x2 n2")
    for (x1, n1, x2, n2), risk, odd in zip(cases, risks, odds, strict=True):
        cells = np.array([[x1, n1 - x1], [x2, n2 - x2]], dtype=float)
        is_corrected = x1 == 0 or x2 == 0 or (x1 == n1 and x2 == n2)
        table = Table2x2(cells + 0.5 * is_corrected, shift_zeros=False)
        with np.errstate(divide="ignore", invalid="ignore"):
            limits = table.riskratio_confint()
        assert (risk["estimate"], risk["lower"], risk["upper"]) == pytest.approx((table.riskratio, *limits), rel=1e-9)
        assert risk["is_corrected"] is is_corrected
        # Of itself statsmodels would put the half into the empty cells only.
        table = Table2x2(cells + 0.5 * (cells == 0).any(), shift_zeros=False)
        limits = table.oddsratio_confint()
        assert (odd["estimate"], odd["lower"], odd["upper"]) == pytest.approx((table.oddsratio, *limits), rel=1e-9)
        assert odd["is_corrected"] is bool((cells == 0).any())


samples = st.lists(st.floats(-100, 100), min_size=4, max_size=30)


@settings(max_examples=60, deadline=None)
@given(samples, samples)
def test_mean_differences_are_those_of_scipy(
    connection: duckdb.DuckDBPyConnection, first: list[float], second: list[float]
) -> None:
    assume(np.std(first) > 1e-3 and np.std(second) > 1e-3)
    described = (
        np.mean(first),
        np.std(first, ddof=1),
        len(first),
        np.mean(second),
        np.std(second, ddof=1),
        len(second),
    )
    (welch,) = each(connection, "welch", [described], "mean1 sd1 n1 mean2 sd2 n2")
    (hedges,) = each(connection, "hedges_g", [described], "mean1 sd1 n1 mean2 sd2 n2")
    test = stats.ttest_ind(first, second, equal_var=False)
    limits = test.confidence_interval()
    assert welch["df"] == pytest.approx(test.df, rel=1e-9)
    # The limits are as exact as the t quantile.
    error = welch["standard_error"] * stats.t.ppf(0.975, test.df) * 2e-5
    assert (welch["lower"], welch["upper"]) == pytest.approx((limits.low, limits.high), abs=error + 1e-9)
    n1, n2 = len(first), len(second)
    pooled = math.sqrt(((n1 - 1) * np.var(first, ddof=1) + (n2 - 1) * np.var(second, ddof=1)) / (n1 + n2 - 2))
    g = (np.mean(first) - np.mean(second)) / pooled * (1 - 3 / (4 * (n1 + n2 - 2) - 1))
    assert hedges["estimate"] == pytest.approx(g, rel=1e-9, abs=1e-12)
    assert hedges["standard_error"] == pytest.approx(
        math.sqrt((n1 + n2) / (n1 * n2) + g**2 / (2 * (n1 + n2))), rel=1e-9
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.floats(-1, 1)] * 2, *[st.floats(0, 1)] * 4), min_size=1, max_size=20))
def test_the_interval_of_a_change_has_the_limits_of_both_estimates(
    connection: duckdb.DuckDBPyConnection, cases: list[tuple[float, ...]]
) -> None:
    """Zou and Donner's formula; and where both intervals are symmetric, that of a difference of normal estimates."""
    rows = [(g2, g2 - l2, g2 + u2, g1, g1 - l1, g1 + u1) for g1, g2, l1, u1, l2, u2 in cases]
    names = "estimate low high estimate_before low_before high_before"
    answers = each(connection, "change_mover", rows, names)
    for (g1, g2, l1, u1, l2, u2), answer in zip(cases, answers, strict=True):
        assert answer["lower"] == pytest.approx(g2 - g1 - math.hypot(l2, u1), abs=1e-9)
        assert answer["upper"] == pytest.approx(g2 - g1 + math.hypot(u2, l1), abs=1e-9)


def test_normal_distribution_is_that_of_scipy(connection: duckdb.DuckDBPyConnection) -> None:
    z = np.linspace(-37, 37, 20_001)
    cdf = np.array(each(connection, "normal_cdf", [(one,) for one in z], "z"))
    assert np.abs(cdf - stats.norm.cdf(z)).max() < 1e-15
    p = np.array(each(connection, "two_sided_p", [(one,) for one in z], "z"))
    assert np.abs(p / (2 * stats.norm.sf(np.abs(z))) - 1).max() < 1e-8
    probabilities = np.concatenate([np.linspace(0.001, 0.999, 9_990), 10.0 ** -np.linspace(3, 300, 999)])
    quantiles = np.array(each(connection, "normal_quantile", [(one,) for one in probabilities], "p"))
    np.testing.assert_allclose(quantiles, stats.norm.ppf(probabilities), rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize(("least", "most", "error"), [(2, 3, 6e-4), (3, 4, 2e-5), (4, 10, 8e-6), (10, 1e6, 3e-8)])
def test_t_quantile_errs_by_no_more_than_the_page_says(
    connection: duckdb.DuckDBPyConnection, least: float, most: float, error: float
) -> None:
    freedom = np.linspace(least, most, 501)
    for p in (0.9, 0.95, 0.975, 0.99, 0.995, 0.9995, 0.025):
        found = np.array(each(connection, "t_quantile", [(p, one) for one in freedom], "p df"))
        assert np.abs(found / stats.t.ppf(p, freedom) - 1).max() < error
    mantissa, exponent = f"{error:.0e}".split("e-0")
    stated = f"{mantissa} × 10⁻{exponent.translate(str.maketrans('4568', '⁴⁵⁶⁸'))}"
    assert stated in PAGE.read_text()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 200).map(lambda n: n / 200)), min_size=1, max_size=40))
def test_q_values_are_those_of_statsmodels(
    connection: duckdb.DuckDBPyConnection, tests: list[tuple[int, float]]
) -> None:
    cases = pd.DataFrame([*tests, (0, None), (1, None)], columns=["screen", "p"])
    connection.register("tests", cases)
    found = connection.execute(
        """
        select screen, p, statistics.benjamini_hochberg(ratio, p, screen) as q
        from (select *, statistics.benjamini_hochberg_ratio(p, screen) as ratio from tests)
        """
    ).df()
    assert found.loc[found["p"].isna(), "q"].isna().all()
    for _, rows in found.dropna(subset="p").groupby("screen"):
        expected = multipletests(rows["p"], method="fdr_bh")[1]
        np.testing.assert_allclose(rows["q"].astype(float), expected, rtol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=6))
def test_superiority_is_that_of_every_pair_of_students(
    connection: duckdb.DuckDBPyConnection, levels: list[tuple[int, int]]
) -> None:
    a, b = ([pair[side] for pair in levels] for side in (0, 1))
    assume(sum(a) and sum(b))
    students_a, students_b = np.repeat(np.arange(len(a)), a), np.repeat(np.arange(len(b)), b)
    u, _ = stats.mannwhitneyu(students_a, students_b)
    p = u / (len(students_a) * len(students_b))
    assert value(connection, f"probability_of_superiority({a}, {b})") == pytest.approx(p, abs=1e-12)
    if 0 < p < 1:
        expected = math.sqrt(2) * stats.norm.ppf(p)
        assert value(connection, f"tie_split_v({a}, {b})") == pytest.approx(expected, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0.001, 1), st.integers(1, 900)), min_size=2, max_size=12))
def test_indices_of_many_groups_follow_their_formulas(
    connection: duckdb.DuckDBPyConnection, groups: list[tuple[float, int]]
) -> None:
    values, sizes = (np.array(column, dtype=float) for column in zip(*groups, strict=True))
    shares, mean = sizes / sizes.sum(), np.average(values, weights=sizes)
    both = f"{[float(one) for one in values]}::double[], {[int(one) for one in sizes]}"
    expected = {
        f"index_of_disparity_best({both.split('::')[0]}::double[], true)": 100
        * np.abs(values - values.max()).sum()
        / (len(values) - 1)
        / values.max(),
        f"index_of_disparity_mean({both})": 100 * np.abs(values - mean).mean() / mean,
        f"theil_index({both})": (shares * values / mean * np.log(values / mean)).sum(),
        f"mean_log_deviation({both})": (shares * np.log(mean / values)).sum(),
        f"between_group_variance({both})": (shares * (values - mean) ** 2).sum(),
    }
    for call, number in expected.items():
        assert value(connection, call) == pytest.approx(number, rel=1e-9, abs=1e-12)


def signatures(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, str]:
    rows = connection.execute(
        "select function_name, parameters from duckdb_functions() "
        "where schema_name = 'statistics' and database_name = $1",
        [database],
    ).fetchall()
    return {name: f"{name}({', '.join(parameters)})" for name, parameters in rows}


def test_every_function_is_on_the_page_with_its_parameters(connection: duckdb.DuckDBPyConnection) -> None:
    described = re.findall(r"^\| `(\w+\([^)]*\))`", PAGE.read_text(), re.MULTILINE)
    assert sorted(described) == sorted(signatures(connection, "district").values())


def test_every_function_has_a_golden_vector_or_a_reference(connection: duckdb.DuckDBPyConnection) -> None:
    source = Path(__file__).read_text()
    untested = [
        name for name in signatures(connection, "district") if not re.search(rf'"{name}[("]|\.{name}\(', source)
    ]
    assert untested == []


def test_a_snapshot_carries_the_functions_and_they_answer_the_same(warehouse_file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "district.duckdb"
    copy.write_bytes(warehouse_file.read_bytes())
    manifest = tmp_path / "semantic_manifest.json"
    manifest.write_text("{}")
    with duckdb.connect(str(copy)) as warehouse:
        warehouse.execute("create schema marts")
        warehouse.execute(
            "create table marts.mart_student_year_by_scope as select 2026 as school_year, 'district' as scope, "
            "'district' as school, '05' as grade_level"
        )
        published = publish_snapshot(
            warehouse,
            serving_dir=tmp_path / "serving",
            validations={"a": Validation(metric="a", state="validated", open_issues=OpenIssues())},
            semantic_manifest=manifest,
            run_id="run",
            now=datetime(2026, 6, 6, 4, tzinfo=UTC),
            district=DistrictInfo(id="d", name="D", timezone="UTC"),
            freshness=[],
            balances=[],
        )
        in_warehouse = signatures(warehouse, "district")
    snapshot = tmp_path / "serving" / "snapshots" / str(published.snapshot_id) / "district.duckdb"
    calls = [
        *(call for call, _ in GOLDEN),
        "two_proportion_z(56, 70, 48, 80)",
        "one_proportion_z(56, 70, 0.6)",
        "normal_cdf(1.5)",
        "normal_quantile(0.2)",
        "two_sided_p(1.5)",
        "t_quantile(0.975, 11)",
        "welch(10, 2, 20, 8, 3, 15)",
        "hedges_g(10, 2, 20, 8, 3, 15)",
    ]
    queries = [
        "from {}.kitagawa('select 1 as x_a, 4 as n_a, 3 as x_b, 5 as n_b')",
        "select {}.benjamini_hochberg(p, p, 0), {}.benjamini_hochberg_ratio(p, 0) from (values (0.1), (0.2)) as t(p)",
    ]
    with duckdb.connect(str(warehouse_file), read_only=True) as warehouse, duckdb.connect() as reader:
        reader.execute(f"attach '{snapshot}' as served (read_only)")
        assert signatures(reader, "served") == in_warehouse
        assert in_warehouse
        asked = " ".join([*calls, *queries])
        assert [name for name in in_warehouse if f"{name}(" not in asked] == []
        for call in calls:
            assert value(reader, call, "served.statistics") == value(warehouse, call), call
        for query in queries:
            there = reader.execute(query.replace("{}", "served.statistics")).fetchall()
            assert there == warehouse.execute(query.replace("{}", "statistics")).fetchall()
            assert there
