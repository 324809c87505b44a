"""Frozen versions: the certified figures of a window, written once under `serving/frozen/<window>/<version>/`.

`figures.parquet` has the rows of `mart_metric_by_group`, `manifest.json` says what they are and names each file's
SHA-256; the ledger has the manifest's. A restatement adds `changes.parquet`, the figures that differ from the version
before it.
"""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Literal

import duckdb
from pydantic import BaseModel, ConfigDict, ValidationError

from quality.certification.figures import SNAPSHOT_FIGURES, window_figures
from quality.certification.ledger import read_ledger
from quality.certification.records import Frozen, Person, Restated, WindowRecord, content_hash, window_records
from quality.certification.windows import Window
from quality.comparison.figures import KEYS, MetricChange, changes_sql, metric_changes
from quality.errors import LedgerError
from quality.published_files import FROZEN_NAME, TEMPORARY_PREFIX, flush_to_disk, sha256_of
from quality.rule_inputs import FROZEN_INPUTS
from quality.sql_literals import sql_string
from quality.validation import OpenRule

FIGURES_NAME = "figures.parquet"
CHANGES_NAME = "changes.parquet"
FROZEN_MANIFEST_NAME = "manifest.json"


class VersionManifest(BaseModel):
    """`manifest.json` of a frozen version.

    Attributes:
        content_hash: one SHA-256 for all figures; `figures` has one for each metric.
        definitions: SHA-256 of each metric's definition.
        rule_set: version of the rules that judged the data.
        open_rules: rules with rows that failed or were waived, when the figures were certified; `acknowledged` has the
            reasons that were given for them.
        reason: of a restatement.
        changes: of a restatement, how many figures of each metric differ from the version before, and where.
        files: SHA-256 of the other files.
    """

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    window: Window
    version: int
    snapshot_id: str
    created_at: datetime
    by: Person
    reviewed_by: Person | None
    signed_by: Person | None
    content_hash: str
    figures: dict[str, str]
    definitions: dict[str, str]
    rule_set: str
    open_rules: tuple[OpenRule, ...]
    acknowledged: dict[str, str]
    reason: str | None = None
    changes: tuple[MetricChange, ...] = ()
    files: dict[str, str]


def version_folder(serving_dir: Path, window_id: str, version: int) -> Path:
    """Where a version lies."""
    return serving_dir / FROZEN_NAME / window_id / str(version)


def write_version(
    snapshot: duckdb.DuckDBPyConnection,
    serving_dir: Path,
    record: WindowRecord,
    *,
    snapshot_id: str,
    figures: dict[str, str],
    definitions: dict[str, str],
    rule_set: str,
    open_rules: tuple[OpenRule, ...],
    now: datetime,
    by: Person,
    reason: str | None = None,
) -> tuple[int, str]:
    """Write the next version of a window's figures from an open snapshot; the ledger does not know of it yet.

    Args:
        figures: hash of the figures of each metric.
        reason: of a restatement; then the difference from the version before is written, too.

    Returns:
        The version and the SHA-256 of its manifest.
    """
    version = len(record.versions) + 1
    final = version_folder(serving_dir, record.definition.id, version)
    building = final.with_name(f"{TEMPORARY_PREFIX}{version}")
    for leftover in (building, final):
        # Left by a process that died before the ledger knew of it.
        shutil.rmtree(leftover, ignore_errors=True)
    building.mkdir(parents=True)
    relation = window_figures(record.definition)
    _copy(snapshot, f"select * from {relation} order by {', '.join(KEYS)}", building / FIGURES_NAME)
    changes: tuple[MetricChange, ...] = ()
    if record.versions:
        before = parquet_relation(verified_figures(serving_dir, record, len(record.versions)))
        _copy(
            snapshot,
            f"select * from ({changes_sql(before, relation)}) order by {', '.join(KEYS)}",
            building / CHANGES_NAME,
        )
        changes = metric_changes(snapshot, before, relation)
    manifest = VersionManifest(
        window=record.definition,
        version=version,
        snapshot_id=snapshot_id,
        created_at=now,
        by=by,
        reviewed_by=record.review.by if record.review else None,
        signed_by=record.signature.by if record.signature else None,
        content_hash=content_hash(figures),
        figures=figures,
        definitions=definitions,
        rule_set=rule_set,
        open_rules=open_rules,
        acknowledged=record.acknowledged,
        reason=reason,
        changes=changes,
        files={path.name: sha256_of(path) for path in sorted(building.iterdir())},
    )
    (building / FROZEN_MANIFEST_NAME).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    for path in (*building.iterdir(), building):
        flush_to_disk(path)
    for path in building.iterdir():
        path.chmod(0o444)
    digest = sha256_of(building / FROZEN_MANIFEST_NAME)
    building.rename(final)
    flush_to_disk(final.parent)
    return version, digest


def read_version(serving_dir: Path, record: WindowRecord, version: int) -> VersionManifest:
    """The manifest of a frozen version, after checking that manifest and files are as they were written.

    Raises:
        LedgerError: a file is missing or is not the one that was frozen.
    """
    entry = record.versions[version - 1]
    folder = version_folder(serving_dir, record.definition.id, version)
    name = f"{FROZEN_NAME}/{record.definition.id}/{version}"
    try:
        if sha256_of(folder / FROZEN_MANIFEST_NAME) != entry.manifest:
            raise LedgerError(f"{name}/{FROZEN_MANIFEST_NAME} is not what was frozen; restore it from a backup.")
        manifest = VersionManifest.model_validate_json((folder / FROZEN_MANIFEST_NAME).read_bytes())
        for file, digest in manifest.files.items():
            if sha256_of(folder / file) != digest:
                raise LedgerError(f"{name}/{file} is not what was frozen; restore it from a backup.")
    except (OSError, ValidationError) as error:
        raise LedgerError(f"{name} cannot be read; restore it from a backup.") from error
    return manifest


def verified_figures(serving_dir: Path, record: WindowRecord, version: int) -> Path:
    """The Parquet file of a version's figures. Raises LedgerError like `read_version`."""
    read_version(serving_dir, record, version)
    return version_folder(serving_dir, record.definition.id, version) / FIGURES_NAME


def parquet_relation(path: Path) -> str:
    """A Parquet file as a relation."""
    return f"read_parquet({sql_string(path)})"


def prepare_frozen_changes(connection: duckdb.DuckDBPyConnection, serving_dir: Path) -> None:
    """Fill the tables that rule MT-03 reads: the frozen figures, and those that the marts show otherwise.

    A window whose school year the warehouse does not hold any more is not compared: nothing contradicts it.

    Raises:
        LedgerError: the ledger or a frozen version is damaged.
    """
    for table, columns in FROZEN_INPUTS.items():
        connection.execute(f"create or replace temp table {table} ({columns})")
    texts = []
    for window_id, record in window_records(read_ledger(serving_dir).entries).items():
        if not record.versions or not _holds_year(connection, record.definition):
            continue
        frozen = parquet_relation(verified_figures(serving_dir, record, len(record.versions)))
        now = window_figures(record.definition)
        connection.execute(f"insert into rule_frozen_figure select metric_id from {frozen}")
        connection.execute(
            f"insert into rule_frozen_change by name select ? as window_id, ? as version, {', '.join(KEYS)}, change "
            f"from ({changes_sql(frozen, now)})",
            [window_id, len(record.versions)],
        )
        changes = metric_changes(connection, frozen, now)
        if changes:
            texts.append(_told(record.versions[-1], changes))
    connection.execute("update rule_frozen_change set explanation = ?", [" ".join(texts)])


def _told(version: Frozen | Restated, changes: tuple[MetricChange, ...]) -> str:
    figures = sum(change.figures for change in changes)
    largest = max((change.largest_change for change in changes if change.largest_change is not None), default=None)
    by = "" if largest is None else f", the value by up to {largest:.4g}"
    metrics = ", ".join(f"{change.metric_id} ({change.figures})" for change in changes[:5])
    more = f" and {len(changes) - 5} more metrics" if len(changes) > 5 else ""
    return f"Of window {version.window}, version {version.version}, {figures} figures differ{by}: {metrics}{more}."


def _holds_year(connection: duckdb.DuckDBPyConnection, window: Window) -> bool:
    ((found,),) = connection.execute(
        f"select count(*) > 0 from (select 1 from {SNAPSHOT_FIGURES} where school_year = ? limit 1)",
        [window.school_year],
    ).fetchall()
    return bool(found)


def _copy(connection: duckdb.DuckDBPyConnection, sql: str, path: Path) -> None:
    connection.execute(f"copy ({sql}) to {sql_string(path)} (format parquet, compression zstd)")
