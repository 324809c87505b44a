"""What landing read, file by file: the left side of the balance `landed = staged + quarantined`."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

import duckdb
import pyarrow as pa

from ingestion.csv_reader import UnreadableLine
from ingestion.expectations import create_expectations_table
from ingestion.layout import Drift
from ingestion.mapping import raw_tables, table_name

NEW_FILE: dict[str, str | bool | int | float | list[str]] = {"storage_compatibility_version": "latest"}
"""DuckDB's setting for a new warehouse file: its newer text compression is faster. Only the pipeline opens it."""


@dataclass(frozen=True)
class FileRecord:
    """One delivered file as it was read.

    Attributes:
        file_rows: data lines in the file, readable or not.
        delivery_mode: "full": it replaces the file of that name; "incremental": its rows replace those with the same
            key; "bulk": it replaces the whole table, and later incremental files change it; "absent": it came and
            was not read.
        layout_of: what the drift is told of, where each read of it has a name of its own; else the file.
        part: name of the share of a wide file that this is; `source_file` ends with it.
        passed_over_rows: lines that concern another part of a wide file than this one.
    """

    system: str
    entity: str
    source_file: str
    delivery_mode: str
    file_rows: int
    file_sha256: str
    delivered_on: date
    loaded_at: datetime
    part: str = ""
    passed_over_rows: int = 0
    unreadable: tuple[UnreadableLine, ...] = ()
    drift: tuple[Drift, ...] = ()
    layout_of: str = ""

    @property
    def scope(self) -> str:
        """The whole file: its parts are replaced together."""
        return self.source_file.removesuffix(f"|{self.part}")


@dataclass
class LandingLog:
    """Collects file records while dlt extracts; `write` stores them once the rows have landed."""

    files: list[FileRecord] = field(default_factory=list)

    def add(self, record: FileRecord) -> None:
        """Remember one file."""
        self.files.append(record)

    def write(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Replace the entries of the files that were read, in one transaction, and recount what landed.

        Args:
            connection: the warehouse; the tables `raw._*` are created when absent.
        """
        create_landing_tables(connection)
        connection.begin()
        try:
            for record in self.files:
                for table, name in (
                    ("_unreadable_lines", record.source_file),
                    ("_schema_drift", record.layout_of or record.source_file),
                ):
                    connection.execute(
                        f"delete from raw.{table} where system = ? and entity = ? and source_file = ?",
                        [record.system, record.entity, name],
                    )
                without_rows = record.file_rows == len(record.unreadable) + record.passed_over_rows
                if record.delivery_mode == "full" and without_rows:
                    # No row came whose scope would have replaced what the file brought before.
                    connection.execute(
                        f"delete from raw.{table_name(record.system, record.entity)} "
                        "where _delivery_scope = ? and _loaded_at < ?",
                        [record.scope, record.loaded_at],
                    )
            self._forget_former_parts(connection)
            _append(connection, "_deliveries", _delivery_rows(self.files))
            _append(connection, "_unreadable_lines", _unreadable_rows(self.files))
            _append(connection, "_schema_drift", _drift_rows(self.files))
            for system, entity in sorted({(record.system, record.entity) for record in self.files}):
                _recount(connection, system, entity)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise

    def _forget_former_parts(self, connection: duckdb.DuckDBPyConnection) -> None:
        """A file that was read in other parts before has landed whole again, and those parts are no more."""
        parts: dict[tuple[str, str, str], list[str]] = {}
        for record in self.files:
            if record.part:
                parts.setdefault((record.system, record.entity, record.scope), []).append(record.source_file)
        for (system, entity, whole), present in parts.items():
            for table in ("_deliveries", "_unreadable_lines", "_schema_drift"):
                connection.execute(
                    f"""
                    delete from raw.{table}
                    where system = ? and entity = ? and (source_file = ? or starts_with(source_file, ? || '|'))
                      and not list_contains(?, source_file)
                    """,
                    [system, entity, whole, whole, present],
                )


_TABLES: dict[str, tuple[tuple[str, str, pa.DataType], ...]] = {
    "_deliveries": (
        ("system", "varchar", pa.string()),
        ("entity", "varchar", pa.string()),
        ("source_file", "varchar", pa.string()),
        ("delivery_mode", "varchar", pa.string()),
        ("file_rows", "bigint", pa.int64()),
        ("landed_rows", "bigint", pa.int64()),
        ("superseded_rows", "bigint", pa.int64()),
        ("unreadable_rows", "bigint", pa.int64()),
        ("file_sha256", "varchar", pa.string()),
        ("delivered_on", "date", pa.date32()),
        ("loaded_at", "timestamptz", pa.timestamp("us", tz="UTC")),
    ),
    "_unreadable_lines": (
        ("system", "varchar", pa.string()),
        ("entity", "varchar", pa.string()),
        ("source_file", "varchar", pa.string()),
        ("source_row", "bigint", pa.int64()),
        ("expected_columns", "bigint", pa.int64()),
        ("actual_columns", "bigint", pa.int64()),
        ("content", "varchar", pa.string()),
        ("loaded_at", "timestamptz", pa.timestamp("us", tz="UTC")),
    ),
    "_schema_drift": (
        ("system", "varchar", pa.string()),
        ("entity", "varchar", pa.string()),
        ("source_file", "varchar", pa.string()),
        ("column_name", "varchar", pa.string()),
        ("kind", "varchar", pa.string()),
        ("detail", "varchar", pa.string()),
        ("loaded_at", "timestamptz", pa.timestamp("us", tz="UTC")),
    ),
    "_landing_failures": (
        ("system", "varchar", pa.string()),
        ("entity", "varchar", pa.string()),
        ("failed_at", "timestamptz", pa.timestamp("us", tz="UTC")),
        ("message", "varchar", pa.string()),
    ),
}


def create_landing_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create schema `raw`, the landing tables and every raw table that does not exist yet.

    An unconfigured source then has empty tables, so that the models downstream need no special case.
    """
    connection.execute("create schema if not exists raw")
    for name, columns in _TABLES.items():
        body = ", ".join(f"{column} {sql_type}" for column, sql_type, _ in columns)
        connection.execute(f"create table if not exists raw.{name} ({body})")
    create_expectations_table(connection)
    landing = (
        "_row_id varchar, _source_file varchar, _source_row bigint, _delivery_scope varchar, "
        "_delivered_on date, _loaded_at timestamptz"
    )
    for name, content_columns in raw_tables().items():
        body = ", ".join(f'"{column}" varchar' for column in content_columns)
        connection.execute(f"create table if not exists raw.{name} ({body}, {landing})")


def record_landing_failure(
    connection: duckdb.DuckDBPyConnection, system: str, entities: Collection[str], failed_at: datetime, message: str
) -> None:
    """Keep that a system's entities did not land, until they do.

    Args:
        message: names what, where and the remedy, and no student.
    """
    create_landing_tables(connection)
    forget_landing_failures(connection, system, entities)
    rows: list[dict[str, object]] = [
        {"system": system, "entity": entity, "failed_at": failed_at, "message": message} for entity in sorted(entities)
    ]
    _append(connection, "_landing_failures", rows)


def forget_landing_failures(connection: duckdb.DuckDBPyConnection, system: str, entities: Collection[str]) -> None:
    """The entities have landed again, or are no longer asked for."""
    connection.execute(
        "delete from raw._landing_failures where system = ? and list_contains(?, entity)", [system, sorted(entities)]
    )


def landing_failures(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Systems that did not land when last asked, with what went wrong; in order of name.

    Args:
        connection: the warehouse; it may be as empty as before the first landing.
    """
    kept = "select 1 from duckdb_tables() where schema_name = 'raw' and table_name = '_landing_failures'"
    if connection.execute(kept).fetchone() is None:
        return {}
    rows = connection.execute(
        "select distinct on (system, message) system, message from raw._landing_failures order by system, message"
    ).fetchall()
    messages: dict[str, str] = {}
    for system, message in rows:
        messages[system] = f"{messages[system]} {message}" if system in messages else message
    return messages


def _append(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, object]]) -> None:
    if not rows:
        return
    batch = pa.Table.from_pylist(rows, schema=pa.schema([(name, kind) for name, _, kind in _TABLES[table]]))
    connection.register("landing_batch", batch)
    connection.execute(f"insert into raw.{table} select * from landing_batch")
    connection.unregister("landing_batch")


def _recount(connection: duckdb.DuckDBPyConnection, system: str, entity: str) -> None:
    """Count, for each file's latest delivery, the rows that are in the raw table and those superseded.

    Rows are superseded only by key, or by a later bulk delivery. The lines that a part of a wide file passed over,
    which other parts take, keep that place. Any other difference stays visible as an imbalance.
    """
    connection.execute(
        f"""
        update raw._deliveries as d
        set landed_rows = counted.landed,
            superseded_rows = case
                when d.delivery_mode = 'incremental'
                    or counted.last_bulk > d.loaded_at
                    or (d.delivery_mode = 'bulk' and counted.last_incremental >= d.loaded_at)
                then d.file_rows - d.unreadable_rows - counted.landed else d.superseded_rows end
        from (
            select f.source_file, f.latest, f.last_bulk, f.last_incremental, coalesce(t.landed, 0) as landed
            from (
                select source_file, max(loaded_at) as latest,
                    max(max(loaded_at) filter (where delivery_mode = 'bulk')) over () as last_bulk,
                    max(max(loaded_at) filter (where delivery_mode = 'incremental')) over () as last_incremental
                from raw._deliveries
                where system = $system and entity = $entity group by source_file
            ) as f
            left join (
                select _source_file, count(*) as landed from raw.{table_name(system, entity)} group by _source_file
            ) as t on t._source_file = f.source_file
        ) as counted
        where d.system = $system and d.entity = $entity
          and d.source_file = counted.source_file and d.loaded_at = counted.latest
        """,
        {"system": system, "entity": entity},
    )


def _delivery_rows(files: Iterable[FileRecord]) -> list[dict[str, object]]:
    return [
        {
            "system": f.system,
            "entity": f.entity,
            "source_file": f.source_file,
            "delivery_mode": f.delivery_mode,
            "file_rows": f.file_rows,
            "landed_rows": 0,
            "superseded_rows": f.passed_over_rows,
            "unreadable_rows": len(f.unreadable),
            "file_sha256": f.file_sha256,
            "delivered_on": f.delivered_on,
            "loaded_at": f.loaded_at,
        }
        for f in files
    ]


def _unreadable_rows(files: Iterable[FileRecord]) -> list[dict[str, object]]:
    return [
        {
            "system": f.system,
            "entity": f.entity,
            "source_file": f.source_file,
            "source_row": line.row,
            "expected_columns": line.expected_columns,
            "actual_columns": line.actual_columns,
            "content": line.content,
            "loaded_at": f.loaded_at,
        }
        for f in files
        for line in f.unreadable
    ]


def _drift_rows(files: Iterable[FileRecord]) -> list[dict[str, object]]:
    return [
        {
            "system": f.system,
            "entity": f.entity,
            "source_file": f.layout_of or f.source_file,
            "column_name": drift.column_name,
            "kind": drift.kind,
            "detail": drift.detail,
            "loaded_at": f.loaded_at,
        }
        for f in files
        for drift in f.drift
    ]
