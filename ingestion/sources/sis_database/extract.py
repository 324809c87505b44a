"""Reads one table: which columns and which rows, as Arrow text in pieces of bounded size.

Every value becomes text inside the database, so that it arrives exactly as it is stored: a decimal keeps its digits,
an id its zeros, a date is ISO. A loader of dlt's kind streams the rows as Arrow tables.
"""

import hashlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import dlt
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.exc import NoSuchTableError

from ingestion.district import Delivery
from ingestion.layout import EVERYTHING_ELSE, Drift, raw_schema
from ingestion.mapping import Entity
from ingestion.read_ahead import read_ahead
from ingestion.sources.sis_database.adbc_loader import loader_for
from ingestion.sources.sis_database.connection import DatabaseConnection, place_of, plain_database_errors
from ingestion.sources.sis_database.errors import DatabaseReadError

_NUMBERS = (sa.Integer, sa.Numeric, sa.Float, sa.Boolean)


@dataclass(frozen=True)
class Window:
    """The rows to read: whole, or those whose cursor lies within both ends (inclusive), or is null.

    Attributes:
        since: lower end after the lookback, as the database's text; None reads the table whole.
        upto: highest cursor that the table has, as the database's text; None where it has none.
    """

    since: str | None = None
    upto: str | None = None


@dataclass
class TableExtract:
    """One table that carries an entity, and what was read of it.

    Attributes:
        expressions: our column -> what is selected for it, as text.
        rows: rows read so far.
    """

    engine: sa.Engine
    settings: DatabaseConnection
    entity: Entity
    delivery: Delivery
    table: sa.Table
    cursor: str
    expressions: Mapping[str, sa.ColumnElement[str]]
    drift: tuple[Drift, ...]
    rows: int = 0
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def highest_cursor(self) -> str | None:
        """Highest value of the cursor column now, as text."""
        query = sa.select(_text(sa.func.max(self.table.c[self.cursor]), self.table.c[self.cursor].type))
        with plain_database_errors(self.engine, self.table.name), self.engine.connect() as connection:
            found: str | None = connection.execute(query).scalar_one()
        return found

    def window(self, last: str, upto: str | None) -> Window:
        """Rows that changed since a read that reached the cursor value `last`, and a lookback before it.

        Raises:
            DatabaseReadError: the cursor column holds neither numbers, dates nor timestamps.
        """
        lowest = self._lowest(last)
        return Window(lowest, upto)

    def capped(self, upto: str, now: datetime) -> str:
        """Where the next read starts: a row dated in the future must not hide the changes until then."""
        moment = _moment(upto)
        if isinstance(self.table.c[self.cursor].type, sa.Integer) or moment is None:
            return upto
        ceiling = now if moment.tzinfo else now.replace(tzinfo=None)
        return upto if moment <= ceiling else ceiling.isoformat(sep=" ", timespec="seconds")

    def read(self, window: Window, source_file: str, loaded_at: datetime) -> Iterator[pa.Table]:
        """The rows of a window in the entity's raw schema, in the order of the primary key.

        Raises:
            DatabaseReadError: the database failed, or the key of a table with a cursor is not one.
        """
        incremental = None
        if window.since is not None:
            incremental = dlt.sources.incremental(
                self.cursor,
                initial_value=self._bound(window.since),
                end_value=self._bound(window.upto or window.since),
                range_end="closed",
                on_cursor_value_missing="include",
            )
        key = [self.table.c[self._column_of(column)] for column in self.entity.primary_key if self._is_read(column)]

        def only_our_columns(query: sa.Select[tuple[str]], *_: object) -> sa.Select[tuple[str]]:
            labelled = [expression.label(name) for name, expression in self.expressions.items()]
            return query.with_only_columns(*labelled, maintain_column_froms=True).order_by(None).order_by(*key)

        loader = loader_for(self.engine, self.settings)(
            self.engine,
            "pyarrow",
            self.table,
            {name: {"name": name, "data_type": "text", "nullable": True} for name in self.expressions},
            chunk_size=self.settings.chunk_rows,
            incremental=incremental,
            query_adapter_callback=only_our_columns,
        )

        def chunks() -> Generator[pa.Table, None, None]:
            yield from loader.load_rows()

        earlier = ""
        with plain_database_errors(self.engine, self.table.name), closing(read_ahead(chunks())) as reading:
            for chunk in reading:
                landed, earlier = self._landed(chunk, earlier, source_file, loaded_at)
                yield landed

    def _landed(self, chunk: pa.Table, earlier: str, source_file: str, loaded_at: datetime) -> tuple[pa.Table, str]:
        """A chunk with all raw columns, and its last key; `earlier` is the last key of the chunk before."""
        rows = chunk.num_rows
        constants = {**(self.entity.constants if not self.delivery.columns else {}), **self.delivery.constants}
        columns = [
            pa.repeat(pa.scalar(constants[name], pa.string()), rows)
            if name in constants
            else chunk.column(name)
            if name in chunk.column_names
            else pa.nulls(rows, pa.string())
            for name in self.entity.columns
        ]
        content = pa.table(columns, names=list(self.entity.columns))
        key = pc.binary_join_element_wise(
            pa.scalar(self.table.name),
            *[pc.fill_null(content.column(column), "") for column in self.entity.primary_key],
            "/",
        ).combine_chunks()
        row_ids = self._distinct(key, earlier)
        self._remember(content)
        numbers = np.arange(self.rows + 1, self.rows + rows + 1, dtype=np.int64)
        self.rows += rows
        moment = pa.scalar(loaded_at, pa.timestamp("us", tz="UTC"))
        landing = [
            row_ids,
            pa.repeat(pa.scalar(source_file), rows),
            pa.array(numbers),
            key if self.cursor else pa.repeat(pa.scalar(self.table.name), rows),
            pa.repeat(pa.scalar(loaded_at.date(), pa.date32()), rows),
            pa.repeat(moment, rows),
        ]
        return pa.table([*content.columns, *landing], schema=raw_schema(self.entity)), key[-1].as_py()

    def _distinct(self, key: pa.Array, earlier: str) -> pa.Array:
        """Row ids: the key, and the row's number behind it where a table's key repeats, as rules judge single rows.

        Rows come in the order of the key, so equal keys are neighbours.
        """
        before = pa.concat_arrays([pa.array([earlier], pa.string()), key.slice(0, len(key) - 1)])
        repeats = pc.equal(key, before)
        if not pc.any(repeats).as_py():
            return key
        if self.cursor:
            raise DatabaseReadError(
                f"sis_database: several rows of table {self.table.name} at {place_of(self.engine.url)} have the same "
                f"{' and '.join(self._column_of(column) for column in self.entity.primary_key)}, so changes cannot be "
                "told apart. Map the column that is unique, or take the cursor out of the district file."
            )
        numbers = pa.array(np.arange(self.rows + 1, self.rows + len(key) + 1, dtype=np.int64)).cast(pa.string())
        return pc.if_else(repeats, pc.binary_join_element_wise(key, numbers, "#"), key)

    def _remember(self, content: pa.Table) -> None:
        lines = pc.binary_join_element_wise(*content.columns, "\x1f", null_handling="replace", null_replacement="\x00")
        for array in lines.chunks:
            _, offsets, text = array.buffers()
            ends = np.frombuffer(offsets, dtype=np.int32, count=array.offset + len(array) + 1)
            self.digest.update(memoryview(text)[ends[array.offset] : ends[-1]])

    def _is_read(self, name: str) -> bool:
        return name in self.expressions

    def _column_of(self, name: str) -> str:
        found = _find(self.table, self.delivery, self.entity, name)
        return found.name if found is not None else name

    def _lowest(self, last: str) -> str:
        if isinstance(self.table.c[self.cursor].type, sa.Integer):
            return str(int(last) - self.settings.lookback_ids)
        moment = _moment(last)
        if moment is None:
            raise DatabaseReadError(
                f"sis_database: {self.cursor} of table {self.table.name} at {place_of(self.engine.url)} holds neither "
                "whole numbers, dates nor timestamps. Name another `cursor` in the district file, or none."
            )
        return (moment - timedelta(hours=self.settings.lookback_hours)).isoformat(sep=" ")

    def _bound(self, text: str) -> int | str | date | datetime:
        """A cursor's text as the column's type wants it; SQLite compares what it stores, which is text."""
        kind = self.table.c[self.cursor].type
        if isinstance(kind, sa.Integer):
            return int(text)
        if isinstance(kind, sa.DateTime):
            return datetime.fromisoformat(text)
        if isinstance(kind, sa.Date):
            return datetime.fromisoformat(text).date()
        return text


def open_table(
    engine: sa.Engine, settings: DatabaseConnection, name: str, entity: Entity, delivery: Delivery
) -> TableExtract | None:
    """Look a table up and place its columns.

    Args:
        name: the entity's name, which is also its table's in the standard layout.

    Returns:
        None where the table of an optional entity does not exist.

    Raises:
        DatabaseReadError: the table or a column does not exist; the message says what the table has.
    """
    table_name = delivery.table or name
    with plain_database_errors(engine, table_name):
        table = _reflected(engine, settings, table_name)
    if table is None:
        if entity.optional and not delivery.table:
            return None
        raise DatabaseReadError(
            f"sis_database: there is no table or view {table_name} at {place_of(engine.url)}"
            f"{f' in schema {settings.db_schema}' if settings.db_schema else ''}. Name the one that holds {name} as "
            "`table` under `deliveries` in the district file, or let the database's administrator show it to the user."
        )
    constants = {**(entity.constants if not delivery.columns else {}), **delivery.constants}
    expressions: dict[str, sa.ColumnElement[str]] = {}
    missing: list[str] = []
    for column_name, column in entity.columns.items():
        if column_name in constants:
            continue
        found = _find(table, delivery, entity, column_name)
        if found is not None:
            expressions[column_name] = _text(found, found.type)
        elif column.required or column_name in delivery.columns:
            missing.append(f"{column_name} ({delivery.columns.get(column_name) or ' or '.join(column.headers)})")
    cursor = delivery.cursor or settings.cursors.get(name, "")
    if cursor and cursor not in table.c:
        missing.append(f"the cursor ({cursor})")
    if missing:
        raise DatabaseReadError(
            f"sis_database: table {table_name} at {place_of(engine.url)} lacks {', '.join(missing)}. Its columns are: "
            f"{', '.join(table.c.keys())}. Map the column under `columns` in the district file, or restore it."
        )
    if cursor and engine.dialect.name == "sqlite" and not isinstance(table.c[cursor].type, sa.Integer):
        table.c[cursor].type = sa.String()
    return TableExtract(
        engine, settings, entity, delivery, table, cursor, expressions, _drift(table, entity, delivery, cursor)
    )


def _reflected(engine: sa.Engine, settings: DatabaseConnection, table_name: str) -> sa.Table | None:
    metadata = sa.MetaData(schema=settings.db_schema or None)
    try:
        return sa.Table(table_name, metadata, autoload_with=engine, resolve_fks=False)
    except NoSuchTableError:
        return None


def _find(table: sa.Table, delivery: Delivery, entity: Entity, name: str) -> sa.Column[object] | None:
    candidates = (delivery.columns[name],) if name in delivery.columns else entity.columns[name].headers
    stored = {column.name.lower(): column for column in table.columns}
    return next((stored[candidate.lower()] for candidate in candidates if candidate.lower() in stored), None)


def _text(column: sa.ColumnElement[object], kind: sa.types.TypeEngine[object]) -> sa.ColumnElement[str]:
    as_text = sa.cast(column, sa.Text)
    if isinstance(kind, sa.Boolean):
        # Databases without booleans store 1 and 0.
        return sa.case((as_text.in_(("1", "true")), "true"), (as_text.in_(("0", "false")), "false"), else_=as_text)
    return as_text


def _drift(table: sa.Table, entity: Entity, delivery: Delivery, cursor: str) -> tuple[Drift, ...]:
    """Columns that nobody asked for, and dates that are stored as numbers."""
    used = {found.name: name for name in entity.columns if (found := _find(table, delivery, entity, name)) is not None}
    excluded = {header.lower() for header in (*entity.excluded, *delivery.excluded)}
    drift = [
        Drift(column.name, "new_column", "not in the layout, so it was not loaded")
        for column in table.columns
        if column.name not in used
        and column.name != cursor
        and column.name.lower() not in excluded
        and EVERYTHING_ELSE not in excluded
    ]
    drift += [
        Drift(column, "retyped", f"the table stores {table.c[column].type}, not {entity.columns[name].type}")
        for column, name in used.items()
        if entity.columns[name].type in ("date", "timestamp") and isinstance(table.c[column].type, _NUMBERS)
    ]
    return tuple(drift)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None
