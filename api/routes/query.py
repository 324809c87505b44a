"""`/v1/query`: figures, with everything that is to be known of them."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api import examples
from api.conditional import conditional_response
from api.dependencies import SettingsDep, StoreDep
from api.notices import query_notices
from api.openapi import ok, problems
from api.quality_links import findings_of, quality_address
from api.responses import AppliedFilter, MetricProvenance, QueryAnswer, QueryMeta, Suppression, TableFreshness
from api.semantic.answer import Cell, answer, applied_minimum_n
from api.semantic.lookup import ServedMetric
from api.semantic.request import QueryParameters, QueryPlan, plan_query
from api.semantic.verification import answer_state, lowest
from api.settings import ApiSettings
from api.snapshots.store import Served

router = APIRouter(prefix="/v1/query", tags=["figures"])


@router.get(
    "",
    response_model=QueryAnswer,
    summary="Figures",
    responses={
        200: ok(examples.QUERY_ANSWER),
        **problems(
            examples.UNKNOWN_METRIC,
            examples.METRIC_NOT_CERTIFIED,
            examples.MALFORMED_REQUEST,
            examples.UNKNOWN_DIMENSION,
            examples.DIMENSION_NOT_ALLOWED,
            examples.UNKNOWN_MEMBER,
            examples.UNKNOWN_SCHOOL_YEAR,
            examples.TOO_MUCH_ASKED,
            examples.QUERY_REFUSED,
            examples.NO_SNAPSHOT,
            examples.SNAPSHOT_UNREADABLE,
        ),
    },
)
def query(
    parameters: Annotated[QueryParameters, Query()], request: Request, store: StoreDep, settings: SettingsDep
) -> Response:
    """One row for each metric and group, in the catalogue's order; without groups, the district's total.

    Values are derived from the counts in the same row and rounded half up; the counts are exact. Grouping or
    filtering by school or school level counts a student in each school attended, anything else once.
    """
    with store.lease() as served:
        return conditional_response(request, served, settings, lambda: query_answer(parameters, served, settings))


def query_answer(parameters: QueryParameters, served: Served, settings: ApiSettings) -> dict[str, Any]:
    """The answer to a question, as QueryAnswer describes it. Raises the ApiError that says what is wrong with it."""
    plan = plan_query(parameters, served)
    cells = answer(plan, minimum_n=settings.minimum_n, max_rows=settings.api_max_rows)
    # Rows go out as plain dictionaries: to validate thousands of figures of our own would double the time.
    return {
        "meta": _meta(plan, cells, served, settings).model_dump(mode="json"),
        "data": [_row(cell, plan) for cell in cells],
    }


def _row(cell: Cell, plan: QueryPlan) -> dict[str, Any]:
    year, *members = cell.group
    figure = cell.figure
    return {
        "school_year": year,
        **dict(zip(plan.group_by, members, strict=True)),
        "metric": cell.metric,
        "value": figure.value,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "n_students": figure.n_students,
        "n_unknown": figure.n_unknown,
        "value_state": figure.value_state,
        "suppressed": figure.value_state == "suppressed",
        "suppression_reason": figure.suppression_reason,
    }


def _meta(plan: QueryPlan, cells: list[Cell], served: Served, settings: ApiSettings) -> QueryMeta:
    oldest = plan.snapshots[0]
    suppressed_cells = sum(cell.figure.value_state == "suppressed" for cell in cells)
    return QueryMeta(
        as_of=_oldest_as_of(plan),
        snapshot_id=oldest.id,
        verification_state=lowest([answer_state(metric, plan) for metric in plan.metrics]),
        held=any(metric.pointer.held is not None for metric in plan.metrics),
        district=plan.snapshots[-1].facts.district,
        scope=plan.scope,
        school_years=list(plan.school_years),
        group_by=list(plan.group_by),
        membership="own_year" if plan.baseline_year is None else "baseline",
        baseline_year=plan.baseline_year,
        overlapping=[dimension.id for dimension in plan.overlapping],
        filters=[AppliedFilter(dimension=each.dimension, members=list(each.values)) for each in plan.filters],
        freshness=_freshness(plan),
        suppression=Suppression(
            minimum_n=max(applied_minimum_n(metric, settings.minimum_n) for metric in plan.metrics),
            suppressed_cells=suppressed_cells,
        ),
        metrics={metric.definition.id: _provenance(metric, plan, served) for metric in plan.metrics},
        notices=query_notices(plan, served, suppressed_cells=suppressed_cells),
    )


def _provenance(metric: ServedMetric, plan: QueryPlan, served: Served) -> MetricProvenance:
    definition, pointer = metric.definition, metric.pointer
    return MetricProvenance(
        title=definition.title,
        unit=definition.unit,
        decimals=definition.decimals,
        direction=definition.direction,
        version=definition.version,
        snapshot_id=metric.snapshot.id,
        state=answer_state(metric, plan),
        as_of=pointer.as_of,
        held=pointer.held,
        windows=list(pointer.windows),
        open_issues=metric.facts.open_issues,
        findings=findings_of(definition.id, served),
        quality=quality_address(definition.id),
    )


def _freshness(plan: QueryPlan) -> list[TableFreshness]:
    """The tables that the metrics name as their feeds, per snapshot; a feed is a table or a whole system."""
    found: dict[tuple[str, str], TableFreshness] = {}
    for metric in plan.metrics:
        feeds = metric.definition.feeds
        for table in metric.snapshot.facts.freshness:
            if any(table.source_table == feed or table.source_table.startswith(f"{feed}__") for feed in feeds):
                key = (table.source_table, metric.snapshot.id)
                found[key] = TableFreshness(**table.model_dump(), snapshot_id=metric.snapshot.id)
    return [found[key] for key in sorted(found)]


def _oldest_as_of(plan: QueryPlan) -> date | None:
    """None as soon as one metric cannot tell: the answer as a whole then cannot either."""
    days = [metric.pointer.as_of for metric in plan.metrics]
    known = [day for day in days if day is not None]
    return min(known) if len(known) == len(days) else None
