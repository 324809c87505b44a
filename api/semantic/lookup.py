"""Finding a metric: its definition, the snapshot that serves it, and why it may not be served."""

from dataclasses import dataclass

from api.errors import MetricNotCertifiedError, UnknownMetricError, quoted
from api.semantic.manifest import Catalogue, Metric
from api.snapshots.pointer import MetricFacts, MetricPointer, Reason
from api.snapshots.snapshot import Snapshot
from api.snapshots.store import Served

NEVER_SERVED = MetricPointer(snapshot_id=None, state="raw")


@dataclass(frozen=True)
class DefinedMetric:
    """A metric, served or not; if it is, with the definition and facts of the snapshot that serves it."""

    definition: Metric
    pointer: MetricPointer
    catalogue: Catalogue
    facts: MetricFacts


@dataclass(frozen=True)
class ServedMetric(DefinedMetric):
    """A metric that has figures, together with the snapshot that holds them."""

    snapshot: Snapshot


def metric_ids(served: Served) -> list[str]:
    """All metrics in the order of the newest catalogue, then those that only older snapshots define."""
    pointers = served.published().metrics
    newest = served.current().catalogue.metrics
    older = [metric_id for metric_id in pointers if metric_id not in newest]
    return [*newest, *(metric_id for metric_id in older if _find(metric_id, served) is not None)]


def defined_metric(metric_id: str, served: Served, *, where: str) -> DefinedMetric:
    """The metric as it is defined. Raises UnknownMetricError."""
    found = _find(metric_id, served)
    if found is None:
        raise UnknownMetricError(
            f"There is no metric {quoted(metric_id)}.",
            where=where,
            remedy="Use one of the ids that /v1/metrics lists.",
            given=metric_id,
            alternatives=metric_ids(served),
        )
    return found


def served_metric(metric_id: str, served: Served, *, where: str) -> ServedMetric:
    """The metric with its figures.

    Raises UnknownMetricError, MetricNotCertifiedError or SnapshotUnreadableError.
    """
    found = defined_metric(metric_id, served, where=where)
    if found.pointer.snapshot_id is None:
        raise _not_certified(found, served, where=where)
    snapshot = served.snapshot(found.pointer.snapshot_id)
    return ServedMetric(found.definition, found.pointer, found.catalogue, found.facts, snapshot)


def hold_reasons(metric_id: str, pointer: MetricPointer, served: Served) -> tuple[Reason, ...]:
    """Why a metric is held: what the pointer says or, failing that, what the last attempt says."""
    if pointer.held is not None and pointer.held.reasons:
        return pointer.held.reasons
    attempt = served.attempt
    if attempt is None:
        return ()
    return tuple(reason for reason in attempt.reasons if metric_id in reason.metrics or "*" in reason.metrics)


def _find(metric_id: str, served: Served) -> DefinedMetric | None:
    pointer = served.published().metrics.get(metric_id, NEVER_SERVED)
    serving = served.snapshots.get(pointer.snapshot_id) if pointer.snapshot_id else None
    snapshot = serving or served.current()
    definition = snapshot.catalogue.metrics.get(metric_id)
    if definition is None:
        return None
    facts = snapshot.facts.metrics.get(metric_id, MetricFacts(state=pointer.state))
    return DefinedMetric(definition, pointer, snapshot.catalogue, facts)


def _not_certified(metric: DefinedMetric, served: Served, *, where: str) -> MetricNotCertifiedError:
    reasons = hold_reasons(metric.definition.id, metric.pointer, served)
    because = f" The first reason: {reasons[0].reason}" if reasons else ""
    return MetricNotCertifiedError(
        f"The metric '{metric.definition.id}' has never passed the checks that it depends on, "
        f"so there is no figure to show.{because}",
        where=where,
        remedy=reasons[0].fix if reasons else "See /v1/status for the last run, then run `stocktake run` again.",
        reasons=reasons,
    )
