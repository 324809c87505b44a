"""Gates between steps: the last result of every blocking check, whichever run it came from."""

from collections.abc import Sequence

import dagster as dg
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)


def closed_gates(instance: dg.DagsterInstance, checks: Sequence[dg.AssetChecksDefinition]) -> list[str]:
    """Blocking checks whose latest evaluation failed, beyond a warning, or that never ran, as "asset:check"."""
    keys = [spec.key for definition in checks for spec in definition.check_specs if spec.blocking]
    # Dagster offers no public call for the latest result of many checks; a test covers this one.
    records = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    return [key.to_user_string() for key in keys if key not in records or not _is_open(records[key])]


def _is_open(record: AssetCheckExecutionRecord) -> bool:
    if record.status == AssetCheckExecutionRecordStatus.FAILED and record.evaluation is not None:
        return record.evaluation.severity == dg.AssetCheckSeverity.WARN
    return record.status == AssetCheckExecutionRecordStatus.SUCCEEDED


def assert_gates_open(context: dg.AssetExecutionContext, checks: Sequence[dg.AssetChecksDefinition]) -> None:
    """Stop a step whose inputs have not passed their blocking checks.

    Raises:
        dagster.Failure: names the closed gates and what to do.
    """
    closed = closed_gates(context.instance, checks)
    if closed:
        shown = ", ".join(closed[:5]) + (f" and {len(closed) - 5} more" if len(closed) > 5 else "")
        raise dg.Failure(
            description=f"Gate closed: {shown}. Look at the check in Dagster, correct the data, "
            "and materialize the tables upstream first.",
            allow_retries=False,
        )
