"""What the windows say of the figures that are served: the pointer with the states that people have signed for."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import get_args

from quality.certification.figures import open_snapshot, window_hashes
from quality.certification.ledger import read_ledger
from quality.certification.records import WindowRecord, metric_state, window_records
from quality.published_files import Pointer, ServedMetric, WindowState
from quality.validation import VerificationState, is_servable

_RANK: tuple[VerificationState, ...] = get_args(VerificationState)


def with_signed_states(pointer: Pointer, serving_dir: Path) -> Pointer:
    """The pointer with every metric's windows and the state that follows from them, as the ledger is now.

    Raises:
        LedgerError: the ledger is damaged, or is not the one that the pointer was published with.
    """
    ledger = read_ledger(serving_dir)
    if pointer.ledger is not None:
        ledger.check_extends(pointer.ledger)
    records = window_records(ledger.entries)
    hashes = _served_hashes(pointer, records, serving_dir)
    newest = _newest_school_years(pointer, records, serving_dir)
    metrics = {
        metric: _with_windows(metric, served, records, hashes, newest.get(served.snapshot_id or ""))
        for metric, served in pointer.metrics.items()
    }
    return pointer.model_copy(update={"metrics": metrics, "ledger": ledger.head if ledger.entries else None})


def signed_snapshots(serving_dir: Path) -> frozenset[str]:
    """Snapshots that somebody has reviewed, signed, frozen or restated, so that they are kept."""
    records = window_records(read_ledger(serving_dir).entries)
    return frozenset(snapshot_id for record in records.values() for snapshot_id in record.snapshots)


def _with_windows(
    metric: str,
    served: ServedMetric,
    records: Mapping[str, WindowRecord],
    hashes: Mapping[tuple[str, str], str],
    newest: int | None,
) -> ServedMetric:
    if served.snapshot_id is None or not is_servable(served.state):
        return served.model_copy(update={"windows": ()})
    windows = tuple(
        _window_state(record, metric, hashes[window_id, metric])
        for window_id, record in records.items()
        if metric in record.definition.metrics
    )
    signed = [window.state for window in windows if window.school_year == newest and not window.schools]
    state = max(("validated", *signed), key=_RANK.index)
    return served.model_copy(update={"state": state, "windows": windows})


def _window_state(record: WindowRecord, metric: str, digest: str) -> WindowState:
    state = metric_state(record, metric, digest)
    definition = record.definition
    return WindowState(
        window=definition.id,
        title=definition.title,
        school_year=definition.school_year,
        schools=definition.schools,
        state=state,
        version=len(record.versions) or None,
        since=_since(record, state),
    )


def _since(record: WindowRecord, state: VerificationState) -> datetime | None:
    if state in ("frozen", "restated"):
        return record.versions[-1].at
    step = {"reviewed": record.review, "certified": record.signature}.get(state)
    return None if step is None else step.at


def _served_hashes(
    pointer: Pointer, records: Mapping[str, WindowRecord], serving_dir: Path
) -> dict[tuple[str, str], str]:
    """The hash of the served figures of each window and metric; metrics may come from different snapshots."""
    hashes: dict[tuple[str, str], str] = {}
    for snapshot_id in sorted({served.snapshot_id for served in pointer.metrics.values() if served.snapshot_id}):
        of_snapshot = {name for name, served in pointer.metrics.items() if served.snapshot_id == snapshot_id}
        wanted = {
            window_id: [metric for metric in record.definition.metrics if metric in of_snapshot]
            for window_id, record in records.items()
        }
        if not any(wanted.values()):
            continue
        with open_snapshot(serving_dir, snapshot_id) as connection:
            for window_id, metrics in wanted.items():
                found = window_hashes(connection, records[window_id].definition, metrics) if metrics else {}
                hashes |= {(window_id, metric): digest for metric, digest in found.items()}
    return hashes


def _newest_school_years(pointer: Pointer, records: Mapping[str, WindowRecord], serving_dir: Path) -> dict[str, int]:
    if not records:
        return {}
    found: dict[str, int] = {}
    for snapshot_id in pointer.snapshots_in_use:
        with open_snapshot(serving_dir, snapshot_id) as connection:
            ((year,),) = connection.execute("select max(school_year) from marts.mart_student_year_by_scope").fetchall()
        if year is not None:
            found[snapshot_id] = int(year)
    return found
