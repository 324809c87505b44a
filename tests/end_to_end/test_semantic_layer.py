"""What MetricFlow compiles from the definitions equals SQL written by hand, for every metric and dimension."""

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import combinations

import duckdb
import pytest

from api.semantic.answer import answer, counted
from api.semantic.lookup import ServedMetric, metric_ids, served_metric
from api.semantic.manifest import Metric
from api.semantic.request import MAX_METRICS, QueryParameters, plan_query
from api.snapshots.store import Served, SnapshotStore
from tests.end_to_end.hand_written import COMPONENTS, LENSES, hand_written_counts
from tests.end_to_end.stocktake import Stocktake

ADD_HERE = "tests/end_to_end/hand_written.py"
SHOWN_A_HUNDREDFOLD = {"percent", "per_100_students", "per_100_days"}
CROSSED = (
    "attendance_rate", "chronic_absence_rate", "days_missed_per_100", "proficiency_rate_ela",
    "gpa_mean", "adm", "climate_favorability", "training_completion_rate",
)  # fmt: skip
"""Metrics that are looked at by each pair of their dimensions: rates of people and of days, means, totals, answers."""

PROGRAMS = {"program", "program_dosage"}
"""One query for each of their many members: crossed elsewhere, in test_lenses.py."""
EVERY_NTH_PAIR = 4


@pytest.fixture(scope="module")
def served(district: Stocktake) -> Iterator[Served]:
    store = SnapshotStore(district.folder / "serving", threads=1, memory="500MB")
    with store.lease() as leased:
        yield leased
    store.close()


@pytest.fixture(scope="module")
def database(served: Served, district: Stocktake) -> Iterator[duckdb.DuckDBPyConnection]:
    file = district.folder / "serving" / "snapshots" / served.current().id / "district.duckdb"
    with duckdb.connect(str(file), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def metrics(served: Served) -> list[ServedMetric]:
    return [served_metric(metric_id, served, where="test") for metric_id in metric_ids(served)]


def mart_of(metric: ServedMetric) -> str:
    return metric.catalogue.relations[metric.definition.semantic_model].split(".")[-1].strip('"')


def all_dimensions(metrics: Sequence[ServedMetric]) -> list[tuple[str, ...]]:
    return [(), *((one,) for one in dict.fromkeys(lens for m in metrics for lens in m.definition.dimensions))]


def test_every_component_and_dimension_is_written_by_hand(metrics: list[ServedMetric]) -> None:
    missing = sorted(
        {
            f"COMPONENTS['{mart_of(metric)}'] lacks '{component}'"
            for metric in metrics
            for component in metric.definition.components - COMPONENTS.get(mart_of(metric), {}).keys()
        }
        | {f"LENSES lacks '{lens}'" for metric in metrics for lens in set(metric.definition.dimensions) - LENSES.keys()}
    )
    assert missing == [], f"write each as SQL over the mart's columns in {ADD_HERE}"


def test_every_metric_by_every_dimension(
    served: Served, database: duckdb.DuckDBPyConnection, metrics: list[ServedMetric]
) -> None:
    compared = 0
    for dimensions in all_dimensions(metrics):
        allowed = [metric for metric in metrics if set(dimensions) <= set(metric.definition.dimensions)]
        for start in range(0, len(allowed), MAX_METRICS):
            compared += compare(served, database, allowed[start : start + MAX_METRICS], dimensions)
    assert compared > 40 * 2 * 8 * 2, "metrics x years x dimensions x members"


def test_some_metrics_by_each_pair_of_their_dimensions(
    served: Served, database: duckdb.DuckDBPyConnection, metrics: list[ServedMetric]
) -> None:
    crossed = [metric for metric in metrics if metric.definition.id in CROSSED]
    assert len(crossed) == len(CROSSED)
    dimensions = [one for (one,) in all_dimensions(crossed)[1:] if one not in PROGRAMS]
    for place, pair in enumerate(combinations(dimensions, 2)):
        if place % EVERY_NTH_PAIR:
            continue
        asked = [metric for metric in crossed if set(pair) <= set(metric.definition.dimensions)]
        if asked:
            assert compare(served, database, asked, pair) > 0, pair


def compare(
    served: Served, database: duckdb.DuckDBPyConnection, asked: Sequence[ServedMetric], dimensions: tuple[str, ...]
) -> int:
    """Hold counts and values of some metrics against the hand-written ones. Returns how many figures there were."""
    parameters = QueryParameters(
        metrics=[metric.definition.id for metric in asked], group_by=list(dimensions), filter=[], school_year=["all"]
    )
    plan = plan_query(parameters, served)
    # A table may know of years to come, such as those in which actions are due; the snapshot's years are offered.
    by_hand = {
        mart: {
            group: counts
            for group, counts in hand_written_counts(database, mart, dimensions).items()
            if group[0] in plan.school_years
        }
        for mart in dict.fromkeys(map(mart_of, asked))
    }
    compiled = {metric.definition.id: groups for metric, groups in counted(plan)}
    for metric in asked:
        groups, wanted = compiled[metric.definition.id], by_hand[mart_of(metric)]
        assert groups.keys() == wanted.keys(), (metric.definition.id, dimensions)
        differing = {
            (group, component): (groups[group][component], wanted[group][component])
            for group in wanted
            for component in metric.definition.components
            if (groups[group][component] or 0) != wanted[group][component]
        }
        assert differing == {}, (metric.definition.id, dimensions)
    definitions = {metric.definition.id: (metric.definition, by_hand[mart_of(metric)]) for metric in asked}
    shown = [cell for cell in answer(plan, minimum_n=1, max_rows=1_000_000) if cell.figure.value_state != "suppressed"]
    for cell in shown:
        definition, wanted = definitions[cell.metric]
        assert cell.figure.value == value_by_hand(definition, wanted.get(cell.group, {})), (cell, dimensions)
    return sum(len(groups) for groups in compiled.values())


def value_by_hand(metric: Metric, counts: dict[str, float]) -> float | None:
    """The value that a reader would work out from hand-written counts."""
    people = counts.get(metric.n_students, 0)
    numerator = people if metric.numerator is None else counts.get(metric.numerator, 0)
    if metric.kind in ("count", "total"):
        unknown = counts.get(metric.unknown, 0) if metric.unknown else 0
        exact = None if people == 0 and unknown else Fraction(numerator)
    else:
        divisor = Fraction(counts.get(metric.denominator or "", 0))
        factor = 100 if metric.unit in SHOWN_A_HUNDREDFOLD else 1
        exact = factor * Fraction(numerator) / divisor if divisor else None
    if exact is None:
        return None
    # Twenty digits more than are shown, so that no half is made by cutting off.
    digits = Decimal(exact.numerator) / Decimal(exact.denominator)
    return float(digits.quantize(Decimal(1).scaleb(-metric.decimals), rounding=ROUND_HALF_UP))
