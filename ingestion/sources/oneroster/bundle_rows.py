"""Reads one entity out of every OneRoster bundle: the latest whole file, and on top of it the later changes.

Each row's merge scope is its own key, so that a change replaces the record wherever it came from. A whole file
replaces the table. Landing bundles one at a time and landing all of them at once give the same rows.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

import dlt
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.delivered_files import DeliveredFile
from ingestion.district import Delivery, District
from ingestion.errors import SourceFormatError
from ingestion.landing_log import FileRecord, LandingLog
from ingestion.latest_rows import key_scope, latest_by_key
from ingestion.layout import Drift, raw_schema
from ingestion.mapping import Entity, load_system
from ingestion.sources.delivered_source import read_file
from ingestion.sources.oneroster.bundles import Bundle, find_bundles
from ingestion.sources.oneroster.manifest import MANIFEST_FILE

SYSTEM = "oneroster"
REMOVED = ("tobedeleted", "inactive")
"""Values of `status` by which a source takes a record back; its row stays as a tombstone that staging marks."""


@dataclass(frozen=True)
class _Part:
    """A file of one bundle that carries the entity, with how it is sent and what is odd about that."""

    file: DeliveredFile
    delivery: Delivery
    kind: Literal["bulk", "delta"]
    drift: tuple[Drift, ...]


def read_bundled_entity(
    system: str,
    name: str,
    district: District,
    log: LandingLog,
    school_years: frozenset[int] | None = None,
) -> Iterator[pa.Table]:
    """Arrow tables of one entity in its raw schema; marked `replace` when a whole file is among the bundles.

    Args:
        system: always "oneroster"; here because every reader of delivered files is called alike.
        school_years: not used, as no OneRoster file is yearly.

    Raises:
        SourceFormatError: a bundle lacks a file that it declares or that it must have, or a file cannot be read.
    """
    entity = load_system(system).entities[name]
    deliveries = district.deliveries_of(system, name)
    if not deliveries:
        return
    bundles = delivered_bundles(district)
    loaded_at = datetime.now(UTC)
    parts: list[_Part] = []
    for bundle in bundles:
        of_bundle = list(_parts(bundle, name, entity, deliveries, log, loaded_at))
        if any(part.kind == "bulk" for part in of_bundle):
            # Whatever came before is replaced, so it is not read.
            parts = []
        parts += of_bundle
    deltas = (rows for part in parts if part.kind == "delta" for rows in _read(part, name, entity, loaded_at, log))
    changes = latest_by_key(deltas, entity)
    whole = [part for part in parts if part.kind == "bulk"]
    if not whole:
        yield from changes
        return
    hints = dlt.mark.make_hints(write_disposition="replace")
    empty = raw_schema(entity).empty_table()
    yield dlt.mark.with_hints(empty, hints)
    changed = [empty.column("_delivery_scope")]
    for rows in changes:
        changed.append(rows.column("_delivery_scope"))
        yield dlt.mark.with_hints(rows, hints)
    changed_keys = pa.chunked_array([chunk for column in changed for chunk in column.chunks], pa.string())
    for part in whole:
        for rows in _read(part, name, entity, loaded_at, log):
            scoped = key_scope(rows, entity)
            is_current = pc.invert(pc.is_in(scoped.column("_delivery_scope"), value_set=changed_keys))
            yield dlt.mark.with_hints(scoped.filter(is_current), hints)


def delivered_bundles(district: District) -> list[Bundle]:
    """Bundles under the district's root, earliest first.

    Raises:
        SourceUnreachableError: the address that they lie under cannot be reached or refuses the login.
        SourceFormatError: there is none, or one cannot be read.
    """
    source = district.sources[SYSTEM]
    entities = load_system(SYSTEM).entities
    standard = [pattern for entity in entities.values() for pattern in entity.files]
    own = [
        pattern for name in entities for delivery in district.deliveries_of(SYSTEM, name) for pattern in delivery.files
    ]
    bundles = find_bundles(source.location, [*standard, *own], source.file_connection)
    if not bundles:
        raise SourceFormatError(
            f"{SYSTEM}: no OneRoster bundle under {source.address or source.root.name}/. It needs orgs.csv, users.csv "
            "and the other files of the standard, in a folder or zip archive. Send the bundle, or correct `root` in "
            "the district file."
        )
    return bundles


def _parts(
    bundle: Bundle,
    name: str,
    entity: Entity,
    deliveries: tuple[Delivery, ...],
    log: LandingLog,
    loaded_at: datetime,
) -> Iterator[_Part]:
    """The files of a bundle that carry an entity; none when the manifest says it is absent."""
    for delivery in deliveries:
        problem = file_problem(bundle, entity, delivery)
        if problem:
            raise SourceFormatError(problem)
        files = bundle.matching(delivery.files)
        declared = _declared(bundle, delivery)
        odd: tuple[Drift, ...] = (
            (Drift("", "no_manifest", f"no {MANIFEST_FILE}, so the file counts as whole"),)
            if bundle.manifest is None
            else bundle.manifest.drift
        )
        if declared == "absent":
            for file in files:
                _note_unread(file, name, log, loaded_at)
            continue
        if bundle.manifest is not None and declared is None:
            odd = (*odd, Drift("", "undeclared_file", f"{MANIFEST_FILE} does not name it, so it counts as whole"))
        kind: Literal["bulk", "delta"] = (
            "delta" if declared == "delta" or (declared is None and delivery.mode == "incremental") else "bulk"
        )
        for file in files:
            yield _Part(file, delivery, kind, odd)


def file_problem(bundle: Bundle, entity: Entity, delivery: Delivery) -> str | None:
    """What is wrong if a bundle lacks the files of a delivery; None when they are there or need not be."""
    if bundle.matching(delivery.files):
        return None
    where = bundle.name or "the bundle"
    wanted = " or ".join(delivery.files)
    declared = _declared(bundle, delivery)
    if declared in ("bulk", "delta"):
        return (
            f"{SYSTEM}: {MANIFEST_FILE} of {where} declares {wanted} as {declared}, but the file is not there. "
            "Export the bundle again; if it is not sent, declare it absent."
        )
    if bundle.manifest is None and not entity.optional:
        return (
            f"{SYSTEM}: {where} has no {wanted} and no {MANIFEST_FILE} that says it is absent. Send the file, add a "
            "manifest, or name what is delivered in the district file."
        )
    return None


def _declared(bundle: Bundle, delivery: Delivery) -> str | None:
    """What the manifest says of the files of a delivery; None when it does not name them."""
    if bundle.manifest is None:
        return None
    for pattern in delivery.files:
        kind = bundle.manifest.kinds.get(pattern.rsplit("/", 1)[-1].lower().removesuffix(".csv"))
        if kind is not None:
            return kind
    return None


def _note_unread(file: DeliveredFile, name: str, log: LandingLog, loaded_at: datetime) -> None:
    digest = hashlib.sha256()
    lines = 0
    with file.open() as stream:
        for line in stream:
            digest.update(line)
            lines += 1
    if lines < 2:
        # Many exports write the header of a file that they declare absent.
        return
    log.add(
        FileRecord(
            system=SYSTEM,
            entity=name,
            source_file=file.name,
            delivery_mode="absent",
            file_rows=0,
            file_sha256=digest.hexdigest(),
            delivered_on=file.delivered_on,
            loaded_at=loaded_at,
            drift=(Drift("", "declared_absent", f"{MANIFEST_FILE} declares it absent, so it was not read"),),
        )
    )


def _read(part: _Part, name: str, entity: Entity, loaded_at: datetime, log: LandingLog) -> Iterator[pa.Table]:
    """Rows of one file, block by block; when they end, the log has the file as its bundle sends it."""
    of_file = LandingLog()
    removed = 0
    # A changed file is sent under the same name again and again, and rows of several may be in the table at once.
    is_versioned = part.kind == "delta"
    for rows in read_file(
        SYSTEM, name, entity, (part.delivery,), part.file, loaded_at, of_file, is_versioned=is_versioned
    ):
        removed += _removed_rows(rows) if part.kind == "bulk" else 0
        yield rows
    odd = list(part.drift)
    if removed:
        odd.append(Drift("status", "removals_in_bulk", f"{removed} rows are marked as removed in a whole file"))
    mode = "bulk" if part.kind == "bulk" else "incremental"
    for record in of_file.files:
        log.add(replace(record, delivery_mode=mode, drift=(*odd, *record.drift)))


def _removed_rows(rows: pa.Table) -> int:
    status = pc.utf8_lower(pc.utf8_trim_whitespace(rows.column("status")))
    return int(pc.sum(pc.is_in(status, value_set=pa.array(REMOVED))).as_py() or 0)
