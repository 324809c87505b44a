"""Reads a table's rows as Arrow text through ADBC, whose drivers fill the columns in C: no Python object per row.

dlt makes the query. SQLAlchemy's drivers, which look the tables up, bring each row as a Python tuple; they remain the
way for databases that have no loader here.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from typing import Any, cast

import adbc_driver_postgresql.dbapi
import adbc_driver_sqlite.dbapi
import pyarrow as pa
import sqlalchemy as sa
from dlt.sources.sql_database import TableLoader
from dlt.sources.sql_database.helpers import BaseTableLoader
from psycopg.conninfo import make_conninfo

from ingestion.sources.sis_database.connection import DatabaseConnection, session_settings


def loader_for(engine: sa.Engine, settings: DatabaseConnection) -> Callable[..., BaseTableLoader]:
    """The loader of this kind of database, to be called like dlt's own."""
    kind = (engine.dialect.name, engine.dialect.driver)
    if kind == ("sqlite", "pysqlite"):
        return partial(SqliteLoader, settings=settings)
    if kind == ("postgresql", "psycopg"):
        return partial(PostgresqlLoader, settings=settings)
    return TableLoader


class AdbcLoader(BaseTableLoader):
    """What both loaders share: they have the connection's settings, and bring text that is known to be UTF-8."""

    def __init__(self, *given: Any, settings: DatabaseConnection, **named: Any) -> None:
        super().__init__(*given, **named)
        self.settings = settings

    def load_rows(self, backend_kwargs: dict[str, Any] | None = None) -> Iterator[pa.Table]:
        """Tables of `chunk_size` rows, the last one of fewer.

        Raises:
            adbc_driver_manager.Error: the database does not answer as it should.
            OSError: a SQLite file does not, while its rows come.
            UnicodeError: there is text that is not UTF-8; the drivers do not look.
        """
        for table in self.tables():
            try:
                table.validate(full=True)
            except pa.ArrowInvalid:
                # Without a cause: it says what the text is like.
                raise UnicodeError("not UTF-8") from None
            yield table

    def tables(self) -> Iterator[pa.Table]:
        """As the driver brings them."""
        raise NotImplementedError


class SqliteLoader(AdbcLoader):
    """Reads a SQLite file.

    SQLite gives types to values, not to columns: its driver takes a column's type from the first batch, an integer's
    where all are null, and fails at text that comes later. So a row of empty texts goes before the table's own, and
    is left out again.
    """

    def tables(self) -> Iterator[pa.Table]:
        # With a limit, though it is none, SQLite keeps the order of a query inside another.
        rows = cast(sa.Select[Any], self.make_query()).limit(-1).subquery()
        texts = sa.select(*[sa.literal("").label(column.name) for column in rows.columns])
        both: Any = sa.union_all(texts, sa.select(rows))
        uri = f"{self.engine.url.database}?mode=ro"
        with closing(adbc_driver_sqlite.dbapi.connect(uri, autocommit=True)) as connection:
            options = {"adbc.sqlite.query.batch_rows": self.chunk_size}
            with connection.cursor(adbc_stmt_kwargs=options) as cursor:
                cursor.executescript(f"pragma busy_timeout = {self.settings.connect_timeout_seconds * 1000}")
                cursor.execute(self.compile_query(both))
                with cursor.fetch_record_batch() as batches:
                    yield from _of_size(self.chunk_size, _without_first_row(batches))


class PostgresqlLoader(AdbcLoader):
    """Reads from a PostgreSQL server, in one read-only snapshot, through a cursor on the server.

    The driver's usual way, one COPY of all rows, would be under a single `statement_timeout`, with however long the
    network and the landing take; here each piece is a statement.
    """

    def tables(self) -> Iterator[pa.Table]:
        script = (
            "begin isolation level repeatable read, read only",
            *session_settings(self.settings),
            f"declare stocktake no scroll cursor for {self.compile_query(self.make_query())}",
        )
        with closing(adbc_driver_postgresql.dbapi.connect(self._conninfo(), autocommit=True)) as connection:
            options = {"adbc.postgresql.use_copy": "false"}
            with connection.cursor(adbc_stmt_kwargs=options) as cursor:
                cursor.executescript("; ".join(script))
                while True:
                    cursor.execute(f"fetch forward {self.chunk_size} from stocktake")
                    table = cursor.fetch_arrow_table()
                    if not table.num_rows:
                        break
                    yield table

    def compile_query(self, query: Any) -> str:
        """dlt's, less what SQLAlchemy does for psycopg, which would read a percent sign as a parameter."""
        return super().compile_query(query).replace("%%", "%")

    def _conninfo(self) -> str:
        """Everything that the engine connects with, so that options of a URL, such as `sslmode`, hold here too."""
        _, arguments = self.engine.dialect.create_connect_args(self.engine.url)
        arguments = {name: value for name, value in arguments.items() if name != "context"}
        return make_conninfo(**{**arguments, "connect_timeout": self.settings.connect_timeout_seconds})


def _without_first_row(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    start = 1
    for batch in batches:
        yield batch.slice(start)
        start = 0


def _of_size(size: int, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The same rows in tables of one size, without copying them."""
    held: list[pa.RecordBatch] = []
    missing = size
    for batch in batches:
        rest = batch
        while rest.num_rows >= missing:
            yield pa.Table.from_batches([*held, rest.slice(0, missing)])
            rest = rest.slice(missing)
            held, missing = [], size
        if rest.num_rows:
            held.append(rest)
            missing -= rest.num_rows
    if held:
        yield pa.Table.from_batches(held)
