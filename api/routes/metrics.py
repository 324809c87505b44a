"""`/v1/metrics`: what is measured, how, and whether its figures can be trusted today."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api import examples
from api.conditional import conditional_response
from api.dependencies import SettingsDep, StoreDep
from api.notices import served_notices
from api.openapi import ok, problems
from api.quality_links import findings_of, quality_address
from api.responses import Certification, Formula, MetricDefinition, MetricList, MetricSummary, Variant
from api.semantic.figures import OF_A_HUNDRED
from api.semantic.lookup import DefinedMetric, defined_metric, metric_ids
from api.semantic.manifest import Catalogue, Component, Metric
from api.snapshots.store import Served

router = APIRouter(prefix="/v1/metrics", tags=["metrics"])

WHERE = "path of the request"


@router.get(
    "",
    response_model=MetricList,
    summary="All metrics",
    responses={200: ok(examples.METRIC_LIST), **problems(examples.NO_SNAPSHOT, examples.SNAPSHOT_UNREADABLE)},
)
def list_metrics(request: Request, store: StoreDep, settings: SettingsDep) -> Response:
    """Every metric with its question in plain language, its variants, and the state of its figures."""
    with store.lease() as served:

        def build() -> MetricList:
            found = [defined_metric(metric_id, served, where=WHERE) for metric_id in metric_ids(served)]
            return MetricList(
                snapshot_id=served.published().snapshot_id,
                notices=served_notices(served),
                data=[_summary(metric) for metric in found],
            )

        return conditional_response(request, served, settings, build)


@router.get(
    "/{metric_id}",
    response_model=MetricDefinition,
    summary="One metric in full",
    responses={
        200: ok(examples.METRIC_DEFINITION),
        **problems(examples.UNKNOWN_METRIC, examples.NO_SNAPSHOT, examples.SNAPSHOT_UNREADABLE),
    },
)
def get_metric(
    metric_id: Annotated[str, Path(description="Id of a metric.", examples=["chronic_absence_rate"])],
    request: Request,
    store: StoreDep,
    settings: SettingsDep,
) -> Response:
    """The definition that the figures come from: formula, inclusion, reading, and certification."""
    with store.lease() as served:
        return conditional_response(
            request,
            served,
            settings,
            lambda: _definition(defined_metric(metric_id, served, where=WHERE), served, settings.minimum_n),
        )


def _summary(metric: DefinedMetric) -> MetricSummary:
    definition, pointer = metric.definition, metric.pointer
    return MetricSummary(
        id=definition.id,
        title=definition.title,
        question=definition.question,
        family=definition.family,
        unit=definition.unit,
        direction=definition.direction,
        variants=[
            Variant(id=other.id, variant=other.variant, title=other.title)
            for other in metric.catalogue.variants(definition)
        ],
        state=pointer.state,
        as_of=pointer.as_of,
        snapshot_id=pointer.snapshot_id,
        held=pointer.held is not None,
    )


def _definition(metric: DefinedMetric, served: Served, minimum_n: int) -> MetricDefinition:
    definition, pointer = metric.definition, metric.pointer
    return MetricDefinition(
        **_summary(metric).model_dump(),
        description=definition.description,
        version=definition.version,
        kind=definition.kind,
        decimals=definition.decimals,
        formula=_formula(definition, metric.catalogue),
        variant=definition.variant,
        parameters=definition.parameters,
        inclusion=definition.inclusion,
        dimensions=list(definition.dimensions),
        time_policy=definition.time_policy,
        minimum_n=max(minimum_n, definition.minimum_n_report),
        how_to_read=definition.how_to_read,
        misreadings=list(definition.misreadings),
        standard=definition.standard,
        owner=definition.owner,
        feeds=list(definition.feeds),
        certification=Certification(
            state=pointer.state,
            snapshot_id=pointer.snapshot_id,
            as_of=pointer.as_of,
            open_issues=metric.facts.open_issues,
            held=pointer.held,
            windows=list(pointer.windows),
            findings=findings_of(definition.id, served),
            quality=quality_address(definition.id),
        ),
    )


def _formula(metric: Metric, catalogue: Catalogue) -> Formula:
    def component(component_id: str | None) -> Component | None:
        return None if component_id is None else catalogue.components[component_id]

    numerator, denominator = component(metric.numerator), component(metric.denominator)
    n_students = catalogue.components[metric.n_students]
    text = f"number of: {n_students.label}"
    if numerator is not None:
        text = f"sum of: {numerator.label}"
    if numerator is not None and denominator is not None:
        text = f"{'100 × ' if metric.unit in OF_A_HUNDRED else ''}{numerator.label} ÷ {denominator.label}"
    return Formula(
        kind=metric.kind,
        text=text,
        numerator=numerator,
        denominator=denominator,
        n_students=n_students,
        unknown=component(metric.unknown),
    )
