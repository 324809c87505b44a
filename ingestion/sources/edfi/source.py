"""dlt source of the Ed-Fi ODS/API: one resource per entity of `mapping.yml`."""

from collections.abc import Callable, Iterable, Iterator

import dlt
import pyarrow as pa
from dlt.common.data_types import TDataType
from dlt.common.schema.typing import TColumnSchema
from dlt.extract import DltResource

from ingestion.district import District
from ingestion.landing_log import FileRecord, LandingLog
from ingestion.layout import LANDING_COLUMNS
from ingestion.mapping import Entity, load_system, table_name
from ingestion.sources.delivered_source import SCHEMA_CONTRACT
from ingestion.sources.edfi.change_window import Remembered
from ingestion.sources.edfi.connection import SYSTEM
from ingestion.sources.edfi.landed_rows import landed_scopes, replaced_scopes, rows_to_be
from ingestion.sources.edfi.page_table import IS_DELETED, deleted_rows, landing_schema
from ingestion.sources.edfi.sync import COUNTS, DELETES, KEY_CHANGES, Chunks, EdfiSync, Reading

_DLT_TYPES: dict[str, TDataType] = {
    "_source_row": "bigint",
    "_delivered_on": "date",
    "_loaded_at": "timestamp",
    IS_DELETED: "bool",
}


@dlt.source(name=SYSTEM)
def edfi_source(
    read_district: Callable[[], District],
    log: LandingLog,
    school_years: frozenset[int] | None = None,
) -> Iterable[DltResource]:
    """Raw tables `edfi__<entity>`.

    Args:
        read_district: returns the district; called when extraction starts.
        log: receives what was read of each resource and window.
        school_years: not used; an API delivers changes and not years.
    """
    sync = EdfiSync(read_district, _rows_to_be)
    yield from (
        _resource(name, entity, _rows_of(name, entity, sync, log))
        for name, entity in load_system(SYSTEM).entities.items()
    )


def _resource(name: str, entity: Entity, rows: Callable[[], Iterator[pa.Table]]) -> DltResource:
    """Merges on the id. Of rows with one id the last that was read counts, unless it is a mark of deletion."""
    columns: dict[str, TColumnSchema] = {column: {"data_type": "text"} for column in entity.columns}
    columns |= {column: {"data_type": _DLT_TYPES.get(column, "text")} for column, _ in LANDING_COLUMNS}
    columns["_source_row"]["dedup_sort"] = "desc"
    columns[IS_DELETED] = {"data_type": "bool", "hard_delete": True}
    return dlt.resource(
        rows,
        name=table_name(SYSTEM, name),
        columns=columns,
        write_disposition="merge",
        primary_key="_delivery_scope",
        schema_contract=SCHEMA_CONTRACT,
    )


def _rows_of(name: str, entity: Entity, sync: EdfiSync, log: LandingLog) -> Callable[[], Iterator[pa.Table]]:
    if name == KEY_CHANGES:
        return lambda: _log_rows(sync, log, lambda reading: reading.key_changes)
    if name == DELETES:
        return lambda: _log_rows(sync, log, lambda reading: reading.deletes)
    if name == COUNTS:
        return lambda: _counts(sync, log, entity)
    return lambda: _changed_rows(name, entity, sync, log)


def _changed_rows(name: str, entity: Entity, sync: EdfiSync, log: LandingLog) -> Iterator[pa.Table]:
    """Marks of deletion, then the rows; the change version is remembered once they all were handed over."""
    if not sync.is_configured:
        return
    memory = _memory()
    if name in sync.retired and memory.pop(name, None) is not None:
        yield from _retired_rows(name, entity, sync, log)
    if name not in sync.entities:
        return
    reading = sync.reading(name, memory.get(name))
    table = table_name(SYSTEM, name)
    if reading.window.is_full:
        gone = [landed_scopes(table)]
    else:
        # Ed-Fi does not report a deletion whose natural key is back under another id.
        gone = [reading.deleted_ids(), replaced_scopes(table, entity.primary_key, reading.rows.files)]
    for scopes in gone:
        for batch in scopes:
            if len(batch):
                yield deleted_rows(batch, entity)
    yield from _handed_over(reading.rows, log)
    if reading.remember is not None:
        memory[name] = reading.remember


def _retired_rows(name: str, entity: Entity, sync: EdfiSync, log: LandingLog) -> Iterator[pa.Table]:
    """Marks of deletion for what landed before the server changed its data standard, which says it elsewhere now."""
    for batch in landed_scopes(table_name(SYSTEM, name)):
        if len(batch):
            yield deleted_rows(batch, entity)
    log.add(
        FileRecord(
            system=SYSTEM,
            entity=name,
            source_file=f"{entity.resource}@retired",
            delivery_mode="incremental",
            file_rows=0,
            file_sha256="",
            delivered_on=sync.loaded_at.date(),
            loaded_at=sync.loaded_at,
        )
    )


def _log_rows(sync: EdfiSync, log: LandingLog, part: Callable[[Reading], Chunks]) -> Iterator[pa.Table]:
    for reading in _readings(sync).values():
        yield from _handed_over(part(reading), log)


def _handed_over(chunks: Chunks, log: LandingLog) -> Iterator[pa.Table]:
    yield from chunks.tables()
    if chunks.record is not None:
        log.add(chunks.record)


def _counts(sync: EdfiSync, log: LandingLog, entity: Entity) -> Iterator[pa.Table]:
    """One row per resource: what the server says it has, for the gate that compares it with the raw table."""
    readings = _readings(sync)
    if not readings:
        return
    source_file = f"resource_counts@{sync.loaded_at:%Y%m%dT%H%M%S}"
    rows = [
        {
            "resource": sync.entities[name].resource,
            "entity": name,
            "min_change_version": _text(reading.window.oldest),
            "max_change_version": _text(reading.window.newest),
            "reading": "full" if reading.window.is_full else "changes",
            "total_before": str(reading.totals[0]),
            "total_after": str(reading.totals[1]),
            "total_in_window": str(reading.totals[2]),
            "rows_read": str(reading.rows.rows),
            "deletes_read": str(reading.deletes.rows),
            "key_changes_read": str(reading.key_changes.rows),
            "_row_id": f"resource_counts/{sync.entities[name].resource}",
            "_source_file": source_file,
            "_source_row": position,
            "_delivery_scope": sync.entities[name].resource,
            "_delivered_on": sync.loaded_at.date(),
            "_loaded_at": sync.loaded_at,
            IS_DELETED: False,
        }
        for position, (name, reading) in enumerate(readings.items(), start=1)
    ]
    log.add(
        FileRecord(
            system=SYSTEM,
            entity=COUNTS,
            source_file=source_file,
            delivery_mode="incremental",
            file_rows=len(rows),
            file_sha256="",
            delivered_on=sync.loaded_at.date(),
            loaded_at=sync.loaded_at,
        )
    )
    yield pa.Table.from_pylist(rows, schema=landing_schema(entity))


def _readings(sync: EdfiSync) -> dict[str, Reading]:
    if not sync.is_configured:
        return {}
    memory = _memory()
    return {name: sync.reading(name, memory.get(name)) for name in sync.entities}


def _memory() -> dict[str, Remembered]:
    """dlt's state of this source: it is restored when a load fails or is aborted."""
    memory: dict[str, Remembered] = dlt.current.source_state().setdefault("resources", {})
    return memory


def _rows_to_be(name: str, reading: Reading) -> int:
    key = load_system(SYSTEM).entities[name].primary_key
    return rows_to_be(table_name(SYSTEM, name), key, reading.rows.files, reading.deletes.files)


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
