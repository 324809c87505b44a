"""Dagster's event log in one SQLite file that stays open."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy import Connection, Engine, create_engine, event


class OpenSqliteEventLogStorage(ConsolidatedSqliteEventLogStorage):
    """As Dagster's own, which opens the file anew several times for each of a run's thousands of events.

    With one engine SQLAlchemy also keeps the statements that it has compiled. Named in `dagster.yaml`.
    """

    @cached_property
    def _tables_seen(self) -> set[str]:
        return set()

    @cached_property
    def _engine(self) -> Engine:
        engine = create_engine(self._conn_string, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})
        event.listen(engine, "connect", _trust_the_operating_system)
        return engine

    def has_table(self, table_name: str) -> bool:
        """Whether the file has a table; asked for each event, and a table that is there stays."""
        if table_name not in self._tables_seen and super().has_table(table_name):
            self._tables_seen.add(table_name)
        return table_name in self._tables_seen

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Close the file."""
        self._engine.dispose()
        super().dispose()  # type: ignore[no-untyped-call]


def _trust_the_operating_system(connection: Any, _: Any) -> None:
    # The file has a write-ahead log: without a flush for each event nothing breaks, and only a crash of the machine,
    # not of a run, can lose the last events.
    connection.execute("pragma synchronous = normal")
