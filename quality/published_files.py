"""The files that readers of published snapshots follow, and how they change in one step.

    <serving_dir>/current.json             the pointer: which snapshot serves each metric
    <serving_dir>/status.json              how the last attempt to publish ended
    <serving_dir>/snapshots/<id>/          one immutable snapshot
    <serving_dir>/frozen/<window>/<n>/     one immutable version of a window's certified figures

A JSON file is written beside its target, flushed to disk and renamed over it, so a reader finds the old file
or the new one and never a part.
"""

import hashlib
import os
from datetime import date, datetime
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from quality.errors import SnapshotError
from quality.validation import Reason, VerificationState

POINTER_NAME = "current.json"
STATUS_NAME = "status.json"
SNAPSHOTS_NAME = "snapshots"
FROZEN_NAME = "frozen"
DATABASE_NAME = "district.duckdb"
FACTS_NAME = "snapshot.json"
MANIFEST_NAME = "semantic_manifest.json"
TEMPORARY_PREFIX = ".building-"
"""Begins the names of files and folders that are being written; leftovers belong to killed runs."""

AttemptOutcome = Literal["published", "published_with_holds", "held", "failed"]


_Model = TypeVar("_Model", bound=BaseModel)


class _Published(BaseModel):
    model_config = ConfigDict(frozen=True)


class Hold(_Published):
    """Since when a metric has been held, and why."""

    since: datetime
    reasons: tuple[Reason, ...]


class WindowState(_Published):
    """What a certification window says of the figures of one metric that are served.

    Attributes:
        schools: numbers of the schools that it covers; empty is the whole district.
        state: `validated` when the figures are other than those that were reviewed, signed or frozen.
        version: newest frozen version of the window; None before it is frozen.
        since: when the step that the state comes from was taken; None for `validated`.
    """

    window: str
    title: str
    school_year: int
    schools: tuple[str, ...]
    state: VerificationState
    version: int | None
    since: datetime | None


class LedgerHead(_Published):
    """How far the certification ledger went: its number of entries, and the hash of the last one."""

    entries: int
    sha256: str


class ServedMetric(_Published):
    """What serves one metric.

    Attributes:
        snapshot_id: snapshot in which the metric last passed its checks; None when it never was.
        state: of its newest school year for the whole district; `windows` has every window's.
        as_of: date up to which that snapshot's data reach.
        held: set while the metric fails its checks and an older snapshot goes on serving it.
    """

    snapshot_id: str | None
    state: VerificationState
    as_of: date | None
    held: Hold | None
    windows: tuple[WindowState, ...] = ()


class Pointer(_Published):
    """`current.json`."""

    format: Literal[1] = 1
    snapshot_id: str
    published_at: datetime
    metrics: dict[str, ServedMetric]
    ledger: LedgerHead | None = None

    @property
    def snapshots_in_use(self) -> frozenset[str]:
        """Ids of all snapshots that the pointer names."""
        served = {metric.snapshot_id for metric in self.metrics.values() if metric.snapshot_id is not None}
        return frozenset(served | {self.snapshot_id})


class StatusReason(Reason):
    """A reason with the metrics that it holds; `*` means all of them."""

    metrics: tuple[str, ...] = ()


class Status(_Published):
    """`status.json`."""

    format: Literal[1] = 1
    attempted_at: datetime
    run_id: str
    outcome: AttemptOutcome
    snapshot_id: str | None
    reasons: tuple[StatusReason, ...]


def read_pointer(serving_dir: Path) -> Pointer | None:
    """The pointer, or None when nothing has been published yet.

    Raises:
        SnapshotError: the file is there but is not a pointer.
    """
    return read_published(serving_dir / POINTER_NAME, Pointer)


def read_status(serving_dir: Path) -> Status | None:
    """How the last attempt ended, or None when there was none.

    Raises:
        SnapshotError: the file is there but is not a status.
    """
    return read_published(serving_dir / STATUS_NAME, Status)


def write_published(path: Path, content: BaseModel) -> None:
    """Put a JSON file in place in one step, surviving a crash at any point."""
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{path.name}")
    temporary.write_text(content.model_dump_json(indent=2) + "\n", encoding="utf-8")
    flush_to_disk(temporary)
    temporary.replace(path)
    flush_to_disk(path.parent)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flush_to_disk(path: Path) -> None:
    """Make a file's content, or a folder's list of names, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_published(path: Path, model: type[_Model]) -> _Model | None:
    """A JSON file of the serving folder, or None when it is not there.

    Raises:
        SnapshotError: the file is there but is not what it should be.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise SnapshotError(
            f"{path.name} in the serving folder is damaged; remove it and run `stocktake run` to publish anew."
        ) from error
