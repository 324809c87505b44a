"""The store follows the pointer: it opens what is newly published and closes what no request uses."""

import hashlib
import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from threading import Lock

from pydantic import ValidationError

from api.errors import NoReportError, NoSnapshotError, ReportUnreadableError, SnapshotUnreadableError
from api.snapshots.pointer import Attempt, Pointer, ReportPointer
from api.snapshots.report import Report
from api.snapshots.snapshot import Snapshot, SnapshotError

POINTER_FILE = "current.json"
STATUS_FILE = "status.json"
REPORT_POINTER_FILE = "quality.json"
SNAPSHOTS_FOLDER = "snapshots"
REPORTS_FOLDER = "reports"
RETRY_SECONDS = 5.0

log = logging.getLogger("stocktake.api")

Signature = tuple[tuple[int, int, int] | None, ...]


@dataclass(eq=False)
class Served:
    """What is served at one moment; a request keeps to one of these from its first line to its last.

    `pointer` is None when nothing has been published. `trouble` says what could not be read of the newest
    files; the rest is then what was served before, or, after a restart, as much as could be opened. The report on
    data quality stands beside the figures: neither waits for the other, and each has its own trouble.
    """

    pointer: Pointer | None = None
    attempt: Attempt | None = None
    snapshots: Mapping[str, Snapshot] = field(default_factory=dict)
    trouble: str | None = None
    report: Report | None = None
    report_trouble: str | None = None
    leases: int = 0

    @cached_property
    def tag(self) -> str:
        """A digest that changes whenever an answer might."""
        report = (self.report.pointer if self.report else None, self.report_trouble)
        text = repr((self.pointer, self.attempt, sorted(self.snapshots), self.trouble, report))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def published(self) -> Pointer:
        """The pointer. Raises NoSnapshotError or SnapshotUnreadableError when there is none to serve from."""
        if self.pointer is not None:
            return self.pointer
        if self.trouble is not None:
            raise self._unreadable()
        raise NoSnapshotError(
            "No run has published figures yet."
            + (f" The last run ended as '{self.attempt.outcome}'." if self.attempt else ""),
            where="serving folder",
            remedy="Run `stocktake run`; the API picks up what it publishes by itself.",
            reasons=self.attempt.reasons if self.attempt else (),
            headers={"Retry-After": "60"},
        )

    def snapshot(self, snapshot_id: str) -> Snapshot:
        """An open snapshot. Raises SnapshotUnreadableError if it could not be opened."""
        found = self.snapshots.get(snapshot_id)
        if found is None:
            raise self._unreadable()
        return found

    @property
    def newest(self) -> Snapshot | None:
        """The newest snapshot, or None when there is none or it could not be opened."""
        return self.snapshots.get(self.pointer.snapshot_id) if self.pointer is not None else None

    def current(self) -> Snapshot:
        """The newest snapshot. Raises like `published`."""
        return self.snapshot(self.published().snapshot_id)

    def quality(self) -> Report:
        """The report on data quality. Raises NoReportError or ReportUnreadableError when there is none."""
        if self.report is not None:
            return self.report
        if self.report_trouble is not None:
            raise ReportUnreadableError(
                f"A report on data quality has been published, but it cannot be shown: {self.report_trouble}.",
                where="serving folder",
                remedy="Run `stocktake run` to publish afresh; the API picks it up by itself.",
                headers={"Retry-After": "60"},
            )
        raise NoReportError(
            "No run has published a report on data quality yet. That says nothing about the data.",
            where="serving folder",
            remedy="Run `stocktake run`; the API picks up what it publishes by itself.",
            headers={"Retry-After": "60"},
        )

    def _unreadable(self) -> SnapshotUnreadableError:
        return SnapshotUnreadableError(
            f"Figures have been published, but they cannot be served: {self.trouble}.",
            where="serving folder",
            remedy="Run `stocktake run` to publish afresh; the API picks it up by itself.",
            headers={"Retry-After": "60"},
        )


class SnapshotStore:
    """Thread-safe access to what is published in one serving folder.

    The three small files are looked at (not read) on each request. When they have changed, one request opens
    the new snapshots and report while the others go on with the old ones.
    """

    def __init__(self, serving_dir: Path, *, threads: int, memory: str) -> None:
        self._folder = serving_dir
        self._threads = threads
        self._memory = memory
        self._lock = Lock()
        self._refreshing = Lock()
        self._seen: Signature | None = None
        self._retry_at = float("inf")
        self._current = Served()
        self._open: dict[str, Snapshot] = {}
        self._open_reports: list[Report] = []
        # Being opened by a refresh under way: not yet served, and not to be closed.
        self._wanted: frozenset[str] = frozenset()
        self._leased: list[Served] = []

    @contextmanager
    def lease(self) -> Iterator[Served]:
        """What is served now; its snapshots and its report stay open until the end of the `with` block."""
        self._follow()
        with self._lock:
            served = self._current
            if served.leases == 0:
                self._leased.append(served)
            served.leases += 1
        try:
            yield served
        finally:
            with self._lock:
                served.leases -= 1
                if served.leases == 0:
                    self._leased.remove(served)
                unused = self._take_unused()
            _close(unused)

    def close(self) -> None:
        """Close every snapshot and report, at the end of the process."""
        with self._lock:
            files: list[Snapshot | Report] = [*self._open.values(), *self._open_reports]
            self._open, self._open_reports = {}, []
            self._current = Served()
        _close(files)

    def open_snapshots(self) -> tuple[str, ...]:
        """Ids of the snapshots whose files are attached."""
        with self._lock:
            return tuple(sorted(self._open))

    def open_reports(self) -> tuple[str, ...]:
        """Ids of the reports whose files are attached."""
        with self._lock:
            return tuple(sorted(report.id for report in self._open_reports))

    def _follow(self) -> None:
        signature = self._signature()
        if signature == self._seen and time.monotonic() < self._retry_at:
            return
        # With something to serve nobody waits for a refresh under way; with nothing, waiting beats an error.
        if not self._refreshing.acquire(blocking=self._current.pointer is None):
            return
        try:
            # Taken before reading: if a file changes in between, the next request sees another signature.
            signature = self._signature()
            if signature == self._seen and time.monotonic() < self._retry_at:
                return
            figures = self._load()
            report, report_trouble = self._load_report(self._current)
            fresh = replace(figures, report=report, report_trouble=report_trouble)
            with self._lock:
                self._current = fresh
                if report is not None and report not in self._open_reports:
                    self._open_reports.append(report)
                self._wanted = frozenset()
                self._seen = signature
                self._retry_at = time.monotonic() + RETRY_SECONDS if fresh.trouble or report_trouble else float("inf")
                unused = self._take_unused()
            _close(unused)
        finally:
            self._refreshing.release()

    def _load_report(self, previous: Served) -> tuple[Report | None, str | None]:
        """The newest report and what is wrong with it, if anything; then the report is the one before."""
        try:
            text = self._read(REPORT_POINTER_FILE)
            if not text:
                return None, None
            pointer = ReportPointer.model_validate_json(text)
            if previous.report is not None and previous.report.pointer == pointer:
                return previous.report, None
            folder = self._folder / REPORTS_FOLDER
            return Report.open(folder, pointer, threads=self._threads, memory=self._memory), None
        except SnapshotError as error:
            trouble = str(error)
        except (ValidationError, OSError) as error:
            trouble = f"{REPORT_POINTER_FILE} cannot be read ({type(error).__name__})"
        log.error("%s; figures are not concerned", trouble)
        return previous.report, trouble

    def _load(self) -> Served:
        """Read the files on figures and open what they name. What cannot be read leaves the former figures in place."""
        previous = self._current
        attempt = self._load_attempt(previous)
        try:
            text = self._read(POINTER_FILE)
            if not text:
                return Served(attempt=attempt)
            pointer = Pointer.model_validate_json(text)
        except (ValidationError, OSError) as error:
            trouble = f"{POINTER_FILE} cannot be read ({type(error).__name__})"
            log.error("%s; serving what was served before", trouble)
            return Served(previous.pointer, attempt, previous.snapshots, trouble)
        snapshots, trouble_or_none = self._open_all(pointer)
        if trouble_or_none is not None:
            log.error("%s; serving what was served before", trouble_or_none)
            if previous.pointer is not None:
                return Served(previous.pointer, attempt, previous.snapshots, trouble_or_none)
        return Served(pointer, attempt, snapshots, trouble_or_none)

    def _load_attempt(self, previous: Served) -> Attempt | None:
        """The last attempt. It only informs, so damage to its file must not stop the figures."""
        try:
            text = self._read(STATUS_FILE)
            return Attempt.model_validate_json(text) if text else None
        except (ValidationError, OSError) as error:
            log.error("%s cannot be read (%s)", STATUS_FILE, type(error).__name__)
            return previous.attempt

    def _open_all(self, pointer: Pointer) -> tuple[dict[str, Snapshot], str | None]:
        """The snapshots of `pointer` that open, and what is wrong with the first that does not."""
        named = {metric.snapshot_id for metric in pointer.metrics.values()} | {pointer.snapshot_id}
        wanted = sorted(snapshot_id for snapshot_id in named if snapshot_id is not None)
        with self._lock:
            self._wanted = frozenset(wanted)
        trouble = None
        for snapshot_id in wanted:
            with self._lock:
                if snapshot_id in self._open:
                    continue
            folder = self._folder / SNAPSHOTS_FOLDER / snapshot_id
            try:
                opened = Snapshot.open(folder, threads=self._threads, memory=self._memory)
            except SnapshotError as error:
                trouble = trouble or str(error)
            else:
                with self._lock:
                    self._open[snapshot_id] = opened
        with self._lock:
            return {name: self._open[name] for name in wanted if name in self._open}, trouble

    def _take_unused(self) -> list[Snapshot | Report]:
        """Remove from what is open, and return, what nothing refers to. The lock must be held."""
        needed = set(self._current.snapshots) | self._wanted
        for served in self._leased:
            needed |= set(served.snapshots)
        reports = [served.report for served in (self._current, *self._leased)]
        unused_reports = [report for report in self._open_reports if report not in reports]
        self._open_reports = [report for report in self._open_reports if report in reports]
        unused = [self._open.pop(snapshot_id) for snapshot_id in list(self._open) if snapshot_id not in needed]
        return [*unused, *unused_reports]

    def _read(self, name: str) -> bytes:
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return b""

    def _signature(self) -> Signature:
        return tuple(_stamp(self._folder / name) for name in (POINTER_FILE, STATUS_FILE, REPORT_POINTER_FILE))


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


def _close(files: Iterable[Snapshot | Report]) -> None:
    for file in files:
        file.close()
