"""From a plan to rows: flat queries for each snapshot and semantic model, then exact figures in a fixed order."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from api.errors import QueryRefusedError, TooMuchAskedError
from api.semantic.compile import CompiledQuery, CompileError, QueryShape
from api.semantic.figures import Components, Figure, derive
from api.semantic.flat_queries import Group, flat_queries
from api.semantic.lookup import ServedMetric
from api.semantic.request import QueryPlan, member_order
from api.snapshots.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Cell:
    """The figure of one metric for one group."""

    group: Group
    metric: str
    figure: Figure


def answer(plan: QueryPlan, *, minimum_n: int, max_rows: int) -> list[Cell]:
    """All cells of `plan`: by school year, then by members in the catalogue's order, then by metric as asked.

    A group appears when the snapshot has students in it. Without `group_by` there is exactly one cell for
    each year and metric, also when it counts nobody. Raises TooMuchAskedError when there would be more than
    `max_rows`.
    """
    groups_of = _counts(plan)
    if not plan.group_by:
        for metric, year in product(plan.metrics, plan.school_years):
            if year in metric.snapshot.facts.school_years:
                groups_of[_source(metric)].setdefault((year,), {})
    size = sum(len(groups_of[_source(metric)]) for metric in plan.metrics)
    if size > max_rows:
        raise TooMuchAskedError(
            f"The answer would have {size:,} rows; one answer takes {max_rows:,}.",
            where="query parameters 'group_by' and 'school_year'",
            remedy="Ask for fewer metrics, dimensions or school years, or add a filter.",
        )
    orders = [member_order(dimension, plan.metrics) for dimension in plan.group_by]
    groups = sorted(
        {group for groups in groups_of.values() for group in groups},
        key=lambda group: (group[0], *(order(value) for order, value in zip(orders, group[1:], strict=True))),
    )
    return [
        Cell(group, metric.definition.id, _figure(metric, groups_of[_source(metric)][group], minimum_n))
        for group in groups
        for metric in plan.metrics
        if group in groups_of[_source(metric)]
    ]


def counted(plan: QueryPlan) -> list[tuple[ServedMetric, dict[Group, dict[str, Any]]]]:
    """Each metric of `plan` with the components of every group, as they are before anything is derived or hidden."""
    groups_of = _counts(plan)
    return [(metric, groups_of[_source(metric)]) for metric in plan.metrics]


def applied_minimum_n(metric: ServedMetric, minimum_n: int) -> int:
    """The larger of the API's minimum and the metric's own."""
    return max(minimum_n, metric.definition.minimum_n_report)


def _figure(metric: ServedMetric, row: Mapping[str, Any], minimum_n: int) -> Figure:
    definition = metric.definition

    def count(component: str | None) -> Any:
        # A missing feed leaves NULL, which counts nobody; an undeclared component is not counted at all.
        return None if component is None else row.get(component) or 0

    return derive(
        Components(
            n_students=count(definition.n_students),
            numerator=count(definition.numerator),
            denominator=count(definition.denominator),
            n_unknown=count(definition.unknown),
        ),
        kind=definition.kind,
        unit=definition.unit,
        decimals=definition.decimals,
        minimum_n=applied_minimum_n(metric, minimum_n),
    )


def _source(metric: ServedMetric) -> tuple[str, str]:
    """What a metric is counted from: a snapshot and one of its semantic models."""
    return metric.snapshot.id, metric.definition.semantic_model


def _counts(plan: QueryPlan) -> dict[tuple[str, str], dict[Group, dict[str, Any]]]:
    return {source: _count(plan, *source) for source in dict.fromkeys(map(_source, plan.metrics))}


def _count(plan: QueryPlan, snapshot_id: str, model: str) -> dict[Group, dict[str, Any]]:
    """The components of all metrics that are counted from one model of one snapshot, for each group."""
    if not plan.school_years:
        return {}
    metrics = [metric for metric in plan.metrics if _source(metric) == (snapshot_id, model)]
    snapshot = metrics[0].snapshot
    return {
        query.group(row): row
        for query in flat_queries(plan, metrics)
        for row in snapshot.rows(_compiled(query.shape, snapshot).sql, query.parameters)
    }


def _compiled(shape: QueryShape, snapshot: Snapshot) -> CompiledQuery:
    try:
        return snapshot.compiler.compile(shape)
    except CompileError as error:
        raise QueryRefusedError(
            f"The semantic layer of snapshot {snapshot.id} cannot express this query. {error}.",
            where="query parameters 'metrics', 'group_by' and 'filter'",
            remedy="Ask for the metrics one by one to find which of them it is, and leave it or the dimension out. "
            "The definitions say that it can be asked, so tell the operator, too.",
        ) from error
