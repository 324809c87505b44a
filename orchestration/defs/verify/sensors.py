"""Watches for findings, held metrics and failed runs that somebody is to be told about, and tells them."""

import dagster as dg
import duckdb

from ingestion.errors import IngestionError
from orchestration.alerting import deliver_due
from orchestration.message_delivery import DeliveryError
from orchestration.settings import serving_dir
from quality.errors import QualityError
from quality.quality_report import read_report_pointer

SECONDS_BETWEEN_ROUNDS = 300


@dg.sensor(
    name="quality_alerts",
    minimum_interval_seconds=SECONDS_BETWEEN_ROUNDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells those who can mend it what a run found, once; does nothing without people.yml. "
    "What could not be delivered is tried again.",
)
def quality_alerts(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """One round; it starts no run, and what goes wrong in it touches none."""
    try:
        pointer = read_report_pointer(serving_dir())
        if pointer is not None:
            run = context.instance.get_run_by_id(pointer.run_id)
            if run is not None and not run.is_finished:
                return dg.SkipReason("A run is going on; what it finds is told when it has ended.")
        delivered = deliver_due(_failed_last(context.instance))
    except (DeliveryError, QualityError, IngestionError) as error:
        return dg.SkipReason(f"Nobody was told: {error}")
    except duckdb.IOException:
        return dg.SkipReason("The report was replaced while it was read; the next round reads the new one.")
    if delivered is None:
        return dg.SkipReason("There is nobody to tell (no people.yml beside the district file), or nothing yet.")
    for failure in delivered.failures:
        context.log.warning(f"Not told, will be tried again: {failure}")
    unreached = f" {delivered.unreached} findings have nobody, not even a data engineer." if delivered.unreached else ""
    return dg.SkipReason(f"{delivered.sent} messages sent, {len(delivered.failures)} not accepted.{unreached}")


def _failed_last(instance: dg.DagsterInstance) -> list[str]:
    """The id of the last run that ended, if it failed."""
    ended = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
    last = instance.get_runs(filters=dg.RunsFilter(statuses=ended), limit=1)
    return [run.run_id for run in last if run.status == dg.DagsterRunStatus.FAILURE]
