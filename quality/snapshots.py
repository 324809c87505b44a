"""Publishes immutable snapshots of the marts and moves the pointer to them.

A snapshot is built under a temporary name, flushed to disk and renamed; only then the pointer changes, in one
step. A run that dies anywhere leaves the old pointer and its snapshots as they were, and at most a temporary
folder that the next publication removes. A metric that is not validated keeps pointing to the snapshot in which
it last was.
"""

import json
import secrets
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

import duckdb
from pydantic import BaseModel, ConfigDict, ValidationError

from quality.certification.ledger import certification_lock, read_ledger
from quality.certification.served import signed_snapshots, with_signed_states
from quality.comparison.figures import create_functions
from quality.definition_hashes import definition_hashes
from quality.errors import SnapshotError
from quality.published_files import (
    DATABASE_NAME,
    FACTS_NAME,
    MANIFEST_NAME,
    POINTER_NAME,
    SNAPSHOTS_NAME,
    STATUS_NAME,
    TEMPORARY_PREFIX,
    AttemptOutcome,
    Hold,
    Pointer,
    ServedMetric,
    Status,
    StatusReason,
    flush_to_disk,
    read_pointer,
    read_status,
    sha256_of,
    write_published,
)
from quality.reconciliation import Balance, SourceFreshness
from quality.rule_set import current_rule_set
from quality.sql_literals import sql_string
from quality.validation import (
    ContractFailure,
    OpenIssues,
    OpenRule,
    Validation,
    VerificationState,
    awaits_restatement,
    contract_reason,
    is_servable,
)
from quality.warehouse_functions import copy_functions

__all__ = [
    "DistrictInfo",
    "Pointer",
    "PublishResult",
    "Status",
    "StatusReason",
    "contract_reasons",
    "prune_snapshots",
    "publish_snapshot",
    "read_pointer",
    "read_status",
    "record_attempt",
    "status_reasons",
]

STATISTICS_SCHEMA = "statistics"
"""Schema of the functions that marts of gaps and trends are computed with; every snapshot carries them."""

_COPY = "snapshot_copy"
_ROWS_BELONG_TOGETHER = {
    "mart_student_year_by_scope": "scope, school_year, school, grade_level",
    "fct_attendance_day": "school_year, school_key, attendance_on",
}
"""Order in which long tables are stored, so that equal values lie together and compress."""

_EVENT_TABLES = ("sis_files__attendance", "sis_files__discipline", "assessment_files__results")
"""Sources whose newest event tells up to which day the figures reach."""


class DistrictInfo(BaseModel):
    """Whose figures a snapshot holds."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    timezone: str


class MetricFacts(BaseModel):
    """What a snapshot records of one metric; `held_by` are the ids of the rules and contracts that hold it."""

    model_config = ConfigDict(frozen=True)

    state: VerificationState
    open_issues: OpenIssues
    held_by: tuple[str, ...] = ()


class OpenRuleOfMetrics(OpenRule):
    """A rule with failing rows that hold nothing, with the metrics that it concerns."""

    metrics: tuple[str, ...]


class SnapshotFacts(BaseModel):
    """`snapshot.json`.

    Attributes:
        as_of: newest day up to which any source reports events.
        tables: rows of each table.
        versions: `definition` is the SHA-256 of the semantic manifest, `rules` the version of the rules that judged.
        definitions: SHA-256 of each metric's definition.
        open_rules: what is to be known before figures are certified.
        files: SHA-256 of every other file of the snapshot, by path relative to it.
    """

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    snapshot_id: str
    created_at: datetime
    run_id: str
    as_of: date
    district: DistrictInfo
    school_years: tuple[int, ...]
    metrics: dict[str, MetricFacts]
    freshness: tuple[SourceFreshness, ...]
    balances: tuple[Balance, ...]
    tables: dict[str, int]
    versions: dict[str, str]
    definitions: dict[str, str] = {}
    open_rules: tuple[OpenRuleOfMetrics, ...] = ()
    files: dict[str, str]


class PublishResult(BaseModel):
    """How a publication ended.

    Attributes:
        snapshot_id: the new snapshot; None when nothing was published.
        reasons: what held metrics back, each reason once with all metrics that it holds.
    """

    model_config = ConfigDict(frozen=True)

    outcome: AttemptOutcome
    snapshot_id: str | None
    reasons: tuple[StatusReason, ...]


def publish_snapshot(
    connection: duckdb.DuckDBPyConnection,
    *,
    serving_dir: Path,
    validations: Mapping[str, Validation],
    semantic_manifest: Path,
    run_id: str,
    now: datetime,
    district: DistrictInfo,
    freshness: Sequence[SourceFreshness],
    balances: Sequence[Balance],
    snapshots_kept: int = 10,
    as_of: date | None = None,
) -> PublishResult:
    """Publish the validated metrics, mark the held ones, and record the attempt.

    When no metric is validated no snapshot is made and the served figures stay as they are. Metrics that are held by
    nothing but a change of their frozen figures are the exception: the snapshot is what a restatement is made from.

    Args:
        connection: the warehouse; its marts are copied.
        semantic_manifest: dbt's semantic manifest, which defines the metrics of this snapshot.
        now: moment of publication, timezone-aware.
        snapshots_kept: newest snapshots that are kept besides those the pointer names.
        as_of: overrides the day up to which the figures reach.

    Raises:
        SnapshotError: the marts cannot be published; what is served does not change.
    """
    snapshots_dir = serving_dir / SNAPSHOTS_NAME
    snapshots_dir.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(serving_dir)
    previous = read_pointer(serving_dir)
    reasons = status_reasons(validations)
    # Read first: with a ledger that is not whole, nothing can be said of what is served.
    read_ledger(serving_dir)
    validated = [metric for metric, verdict in validations.items() if is_servable(verdict.state)]
    reached = as_of or _latest_event(freshness) or now.date()
    snapshot_id: str | None = None
    outcome: AttemptOutcome = "held"
    if validated or any(awaits_restatement(verdict) for verdict in validations.values()):
        snapshot_id = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        building = snapshots_dir / f"{TEMPORARY_PREFIX}{snapshot_id}"
        tables = _copy_marts(connection, building)
        _copy_manifest(semantic_manifest, building)
        facts = SnapshotFacts(
            snapshot_id=snapshot_id,
            created_at=now,
            run_id=run_id,
            as_of=reached,
            district=district,
            school_years=_school_years(connection),
            metrics={
                metric: MetricFacts(
                    state=verdict.state,
                    open_issues=verdict.open_issues,
                    held_by=tuple(dict.fromkeys(reason.rule_id for reason in verdict.held_by)),
                )
                for metric, verdict in validations.items()
            },
            freshness=tuple(freshness),
            balances=tuple(balances),
            tables=tables,
            versions={"definition": sha256_of(building / MANIFEST_NAME), "rules": current_rule_set()},
            definitions=definition_hashes((building / MANIFEST_NAME).read_text(encoding="utf-8")),
            open_rules=_open_rules(validations),
            files=_checksums(building),
        )
        _write_facts(facts, building)
        _move_into_place(building, snapshots_dir / snapshot_id)
        outcome = "published" if len(validated) == len(validations) else "published_with_holds"
    with certification_lock(serving_dir):
        pointer = _next_pointer(previous, validations, snapshot_id, reached, now)
        if pointer is not None:
            _swap_pointer(with_signed_states(pointer, serving_dir), serving_dir)
    record_attempt(serving_dir, run_id=run_id, now=now, outcome=outcome, snapshot_id=snapshot_id, reasons=reasons)
    prune_snapshots(serving_dir, snapshots_kept)
    return PublishResult(outcome=outcome, snapshot_id=snapshot_id, reasons=reasons)


def record_attempt(
    serving_dir: Path,
    *,
    run_id: str,
    now: datetime,
    outcome: AttemptOutcome,
    snapshot_id: str | None = None,
    reasons: Sequence[StatusReason] = (),
) -> None:
    """Tell readers how the last attempt to publish ended; what is served does not change."""
    serving_dir.mkdir(parents=True, exist_ok=True)
    status = Status(attempted_at=now, run_id=run_id, outcome=outcome, snapshot_id=snapshot_id, reasons=tuple(reasons))
    write_published(serving_dir / STATUS_NAME, status)


def status_reasons(validations: Mapping[str, Validation]) -> tuple[StatusReason, ...]:
    """Why metrics are held: each reason once, with the metrics that it holds."""
    held: dict[str, StatusReason] = {}
    for metric, verdict in validations.items():
        for reason in verdict.held_by:
            key = reason.model_dump_json()
            metrics = (*held[key].metrics, metric) if key in held else (metric,)
            held[key] = StatusReason(**reason.model_dump(), metrics=metrics)
    return tuple(held.values())


def contract_reasons(failures: Sequence[ContractFailure]) -> tuple[StatusReason, ...]:
    """Broken contracts as reasons that hold every metric."""
    return tuple(StatusReason(**contract_reason(failure).model_dump(), metrics=("*",)) for failure in failures)


def read_facts(serving_dir: Path, snapshot_id: str) -> SnapshotFacts:
    """`snapshot.json` of a published snapshot. Raises SnapshotError when there is no such snapshot."""
    path = serving_dir / SNAPSHOTS_NAME / snapshot_id / FACTS_NAME
    try:
        return SnapshotFacts.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise SnapshotError(
            f"There is no snapshot {snapshot_id}; `stocktake status` names the one that is served."
        ) from error
    except ValidationError as error:
        raise SnapshotError(
            f"{FACTS_NAME} of {snapshot_id} is damaged; run `stocktake run` to publish anew."
        ) from error


def published_snapshots(serving_dir: Path) -> tuple[str, ...]:
    """Ids of all snapshots that are kept, the oldest first."""
    folder = serving_dir / SNAPSHOTS_NAME
    if not folder.is_dir():
        return ()
    # Ids begin with their UTC time, so that the names' order is the order of publication.
    return tuple(sorted(one.name for one in folder.iterdir() if not one.name.startswith(".")))


def prune_snapshots(serving_dir: Path, kept: int) -> tuple[str, ...]:
    """Delete old snapshots; never one that the pointer names, nor one that somebody has signed for.

    Args:
        kept: how many of the newest stay in any case.

    Returns:
        Ids of the deleted snapshots.
    """
    snapshots_dir = serving_dir / SNAPSHOTS_NAME
    pointer = read_pointer(serving_dir)
    in_use = (pointer.snapshots_in_use if pointer else frozenset()) | signed_snapshots(serving_dir)
    ids = published_snapshots(serving_dir)
    deleted = tuple(snapshot_id for snapshot_id in ids[: max(len(ids) - kept, 0)] if snapshot_id not in in_use)
    for snapshot_id in deleted:
        # Renamed first: a run that dies while deleting leaves no snapshot that is only partly there.
        doomed = snapshots_dir / f"{TEMPORARY_PREFIX}{snapshot_id}"
        (snapshots_dir / snapshot_id).rename(doomed)
        shutil.rmtree(doomed)
    return deleted


def _copy_marts(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Copy every table of schema marts into the snapshot's database and as Parquet; return their rows."""
    (folder / "parquet").mkdir(parents=True)
    tables = [
        name
        for (name,) in connection.execute(
            "select table_name from information_schema.tables "
            "where table_catalog = current_database() and table_schema = 'marts' order by 1"
        ).fetchall()
    ]
    if not tables:
        raise SnapshotError("there are no marts to publish; run dbt first")
    _refuse_huge_integers(connection)
    rows: dict[str, int] = {}
    connection.execute(f"attach {sql_string(folder / DATABASE_NAME)} as {_COPY}")
    try:
        connection.execute(f"create schema {_COPY}.marts")
        for table in tables:
            order = _ROWS_BELONG_TOGETHER.get(table)
            sorting = f" order by {order}" if order else ""
            connection.execute(f"create table {_COPY}.marts.{table} as select * from marts.{table}{sorting}")
            target = sql_string(folder / "parquet" / f"{table}.parquet")
            connection.execute(f"copy {_COPY}.marts.{table} to {target} (format parquet, compression zstd)")
            counted = connection.execute(f"select count(*) from {_COPY}.marts.{table}").fetchone()
            rows[table] = int(counted[0]) if counted else 0
        create_functions(connection, _COPY)
        copy_functions(connection, STATISTICS_SCHEMA, _COPY)
        connection.execute(f"checkpoint {_COPY}")
    finally:
        connection.execute(f"detach {_COPY}")
    return rows


def _refuse_huge_integers(connection: duckdb.DuckDBPyConnection) -> None:
    """HUGEINT, which an uncast sum() yields, has no Parquet type and would reach readers as a float."""
    columns = connection.execute(
        "select table_name || '.' || column_name from information_schema.columns "
        "where table_catalog = current_database() and table_schema = 'marts' and data_type = 'HUGEINT' order by 1"
    ).fetchall()
    if columns:
        names = ", ".join(name for (name,) in columns)
        raise SnapshotError(f"marts must not hold HUGEINT; cast these to BIGINT in their models: {names}")


def _copy_manifest(semantic_manifest: Path, folder: Path) -> None:
    try:
        shutil.copyfile(semantic_manifest, folder / MANIFEST_NAME)
    except OSError as error:
        raise SnapshotError(f"{semantic_manifest.name} is missing; `dbt parse` writes it") from error


def _write_facts(facts: SnapshotFacts, folder: Path) -> None:
    content = json.dumps(facts.model_dump(mode="json"), indent=2) + "\n"
    (folder / FACTS_NAME).write_text(content, encoding="utf-8")


def _move_into_place(building: Path, final: Path) -> None:
    for path in (*building.rglob("*"), building):
        flush_to_disk(path)
    building.rename(final)
    flush_to_disk(final.parent)


def _open_rules(validations: Mapping[str, Validation]) -> tuple[OpenRuleOfMetrics, ...]:
    """Each open rule once, with all metrics that it concerns."""
    metrics_of: dict[OpenRule, list[str]] = {}
    for metric, verdict in validations.items():
        for rule in verdict.open_rules:
            metrics_of.setdefault(rule, []).append(metric)
    return tuple(OpenRuleOfMetrics(**rule.model_dump(), metrics=tuple(found)) for rule, found in metrics_of.items())


def _swap_pointer(pointer: Pointer, serving_dir: Path) -> None:
    write_published(serving_dir / POINTER_NAME, pointer)


def _next_pointer(
    previous: Pointer | None,
    validations: Mapping[str, Validation],
    snapshot_id: str | None,
    as_of: date,
    now: datetime,
) -> Pointer | None:
    """Validated metrics move to the new snapshot; held ones stay where they are. None: nothing to point to."""
    current_id = snapshot_id or (previous.snapshot_id if previous else None)
    if current_id is None:
        return None
    before = previous.metrics if previous else {}
    metrics = {}
    ledger = previous.ledger if previous else None
    for metric, verdict in validations.items():
        if is_servable(verdict.state):
            metrics[metric] = ServedMetric(snapshot_id=snapshot_id, state="validated", as_of=as_of, held=None)
            continue
        served = before.get(metric) or ServedMetric(snapshot_id=None, state="raw", as_of=None, held=None)
        hold = Hold(since=served.held.since if served.held else now, reasons=verdict.held_by)
        metrics[metric] = served.model_copy(update={"held": hold})
    published_at = now if snapshot_id is not None or previous is None else previous.published_at
    return Pointer(snapshot_id=current_id, published_at=published_at, metrics=metrics, ledger=ledger)


def _school_years(connection: duckdb.DuckDBPyConnection) -> tuple[int, ...]:
    rows = connection.execute(
        "select distinct school_year from marts.mart_student_year_by_scope where school_year is not null order by 1"
    ).fetchall()
    return tuple(int(year) for (year,) in rows)


def _latest_event(freshness: Sequence[SourceFreshness]) -> date | None:
    return max(
        (
            source.latest_event_on
            for source in freshness
            if source.source_table in _EVENT_TABLES and source.latest_event_on is not None
        ),
        default=None,
    )


def _checksums(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): sha256_of(path) for path in sorted(folder.rglob("*")) if path.is_file()
    }


def _remove_leftovers(serving_dir: Path) -> None:
    for folder in (serving_dir, serving_dir / SNAPSHOTS_NAME):
        for path in folder.glob(f"{TEMPORARY_PREFIX}*"):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
