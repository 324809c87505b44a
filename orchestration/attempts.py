"""Tells readers of the API when a run could not publish, and why."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import dagster as dg

from orchestration.settings import serving_dir
from quality.snapshots import StatusReason, record_attempt

_FIXES = {
    "landing": "See the run in Dagster; correct the delivery or the district file and run again.",
    "transform": "See the dbt step of the run in Dagster; correct the model or the data and run again.",
}


@contextmanager
def recording_failure(context: dg.AssetExecutionContext, stage: str, *expected: type[Exception]) -> Iterator[None]:
    """Record a failed attempt when the block raises, then let the failure take its course.

    Only the messages of `expected` errors are shown to readers: those are known to name no student.
    """
    try:
        yield
    except GeneratorExit:
        raise
    except Exception as error:
        cause = expected_cause(error, expected)
        record_attempt(
            serving_dir(),
            run_id=context.run_id,
            now=datetime.now(UTC),
            outcome="failed",
            reasons=[
                StatusReason(
                    rule_id=stage,
                    title=f"The {stage} step failed",
                    source_table="",
                    rows_failed=0,
                    reason=str(cause) if cause else type(error).__name__,
                    fix=_FIXES[stage],
                    metrics=["*"],
                )
            ],
        )
        if cause is not None:
            raise dg.Failure(description=str(cause), allow_retries=False) from error
        raise


def expected_cause(error: BaseException | None, expected: tuple[type[Exception], ...]) -> Exception | None:
    """The first of the expected errors among an error and its causes."""
    while error is not None:
        if isinstance(error, expected):
            return error
        error = error.__cause__ or error.__context__
    return None
