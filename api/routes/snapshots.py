"""`/v1/snapshots`: what was published when, and what changed from one snapshot to another."""

from typing import Annotated

import duckdb
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api import examples
from api.conditional import conditional_response
from api.dependencies import SettingsDep, StoreDep
from api.errors import UnknownMetricError, quoted
from api.notices import served_notices
from api.openapi import ok, problems
from api.responses import (
    ChangedFigure,
    ChangedMetric,
    ChangedTable,
    FigureSide,
    SnapshotDifference,
    SnapshotList,
    SnapshotSummary,
    Suppression,
)
from api.semantic.figure_changes import Compared, ShownChange, compare
from api.semantic.figures import Figure
from api.settings import ApiSettings
from api.snapshots.kept import Pair, kept_snapshots, open_pair
from api.snapshots.pointer import SnapshotFacts, SnapshotId
from api.snapshots.store import Served

router = APIRouter(prefix="/v1/snapshots", tags=["service"])


class DifferenceParameters(BaseModel):
    """What of a difference is listed."""

    model_config = ConfigDict(extra="forbid")

    metric: str | None = Field(None, description="List the figures of this metric only.")
    limit: int = Field(100, ge=0, le=5_000, description="Most figures that are listed; the counts are of all.")


@router.get(
    "",
    response_model=SnapshotList,
    summary="All snapshots",
    responses={200: ok(examples.SNAPSHOT_LIST), **problems(examples.NO_SNAPSHOT, examples.SNAPSHOT_UNREADABLE)},
)
def list_snapshots(request: Request, store: StoreDep, settings: SettingsDep) -> Response:
    """Every snapshot that is kept, the newest first, and how many metrics it serves today."""
    with store.lease() as served:
        return conditional_response(
            request,
            served,
            settings,
            lambda: SnapshotList(
                snapshot_id=served.published().snapshot_id,
                notices=served_notices(served),
                data=[_summary(facts, served) for facts in kept_snapshots(settings.resolved_serving_dir)],
            ),
        )


@router.get(
    "/{before}/diff/{after}",
    response_model=SnapshotDifference,
    summary="What changed between two snapshots",
    responses={
        200: ok(examples.SNAPSHOT_DIFFERENCE),
        **problems(
            examples.UNKNOWN_SNAPSHOT,
            examples.UNKNOWN_METRIC,
            examples.MALFORMED_REQUEST,
            examples.NO_SNAPSHOT,
            examples.SNAPSHOT_UNREADABLE,
        ),
    },
)
def diff_snapshots(
    before: Annotated[SnapshotId, Path(description="Id of a snapshot.")],
    after: Annotated[SnapshotId, Path(description="Id of a snapshot.")],
    parameters: Annotated[DifferenceParameters, Query()],
    request: Request,
    store: StoreDep,
    settings: SettingsDep,
) -> Response:
    """Metrics, years, schools and groups whose figures differ, and the figures before and after.

    A figure is hidden on both sides when either side rests on too few students, or when the two differ by too few:
    otherwise the difference would tell of those who came or went. Metrics that failed their checks in one of the two
    are not compared.
    """
    with store.lease() as served:
        return conditional_response(
            request, served, settings, lambda: _difference(before, after, parameters, served, settings)
        )


def _difference(
    before: str, after: str, parameters: DifferenceParameters, served: Served, settings: ApiSettings
) -> SnapshotDifference:
    served.published()
    with open_pair(
        settings.resolved_serving_dir,
        before,
        after,
        threads=settings.api_query_threads,
        memory=settings.api_query_memory,
    ) as pair:
        _check_metric(parameters.metric, pair)
        try:
            compared = compare(pair, minimum_n=settings.minimum_n, limit=parameters.limit, metric=parameters.metric)
            notices = _notices(compared)
        except duckdb.CatalogException:
            compared = Compared((), (), {}, ())
            notices = ["One of the snapshots was published by an earlier release, which kept no figures to compare."]
    of_metric = [one for one in compared.metrics if parameters.metric in (None, one.metric_id)]
    return SnapshotDifference(
        before=_summary(pair.before, served),
        after=_summary(pair.after, served),
        tables=_tables(pair),
        definitions_changed=_definitions_changed(pair),
        not_compared=list(compared.not_compared),
        metrics=[
            ChangedMetric(
                metric=one.metric_id,
                title=compared.titles.get(one.metric_id, one.metric_id),
                figures_added=one.added,
                figures_removed=one.removed,
                figures_changed=one.changed,
                school_years=list(one.school_years),
                schools=list(one.schools),
                groups=list(one.groups),
            )
            for one in compared.metrics
        ],
        figures=[_figure(one) for one in compared.figures],
        figures_total=sum(one.figures for one in of_metric),
        suppression=Suppression(
            minimum_n=settings.minimum_n, suppressed_cells=sum(one.is_suppressed for one in compared.figures)
        ),
        notices=notices,
    )


def _summary(facts: SnapshotFacts, served: Served) -> SnapshotSummary:
    pointer = served.published()
    return SnapshotSummary(
        snapshot_id=facts.snapshot_id,
        created_at=facts.created_at,
        as_of=facts.as_of,
        school_years=list(facts.school_years),
        is_current=facts.snapshot_id == pointer.snapshot_id,
        metrics_served=sum(metric.snapshot_id == facts.snapshot_id for metric in pointer.metrics.values()),
    )


def _figure(shown: ShownChange) -> ChangedFigure:
    figure = shown.figure
    return ChangedFigure(
        metric=figure.metric_id,
        school_year=figure.school_year,
        organization_level=figure.organization_level,
        organization=figure.organization,
        dimension=figure.dimension,
        member=figure.member,
        change=figure.change,
        before=_side(shown.before),
        after=_side(shown.after),
        suppressed=shown.is_suppressed,
        suppression_reason="n_below_minimum" if shown.is_suppressed else None,
    )


def _side(figure: Figure | None) -> FigureSide | None:
    if figure is None:
        return None
    return FigureSide(
        value=figure.value,
        numerator=figure.numerator,
        denominator=figure.denominator,
        n_students=figure.n_students,
        n_unknown=figure.n_unknown,
        value_state=figure.value_state,
    )


def _tables(pair: Pair) -> list[ChangedTable]:
    before, after = pair.before.tables, pair.after.tables
    return [
        ChangedTable(table=table, rows_before=before.get(table), rows_after=after.get(table))
        for table in sorted({*before, *after})
        if before.get(table) != after.get(table)
    ]


def _definitions_changed(pair: Pair) -> list[str]:
    before, after = pair.before.definitions, pair.after.definitions
    return sorted(metric for metric in before.keys() & after.keys() if before[metric] != after[metric])


def _check_metric(metric: str | None, pair: Pair) -> None:
    known = {**pair.before.metrics, **pair.after.metrics}
    if metric is not None and metric not in known:
        raise UnknownMetricError(
            f"There is no metric {quoted(metric)}.",
            where="query parameter 'metric'",
            remedy="Use one of the ids that /v1/metrics lists.",
            given=metric,
            alternatives=known,
        )


def _notices(compared: Compared) -> list[str]:
    notices = []
    if compared.not_compared:
        notices.append(
            f"Not compared, because they failed their checks in one of the two: {', '.join(compared.not_compared)}."
        )
    if any(one.is_suppressed for one in compared.figures):
        notices.append("Figures on too few students, or that differ by too few, are suppressed.")
    return notices
