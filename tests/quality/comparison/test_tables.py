"""How many rows of a mart differ, with a key, with a key of several columns, and without one."""

import duckdb
import pytest

from quality.comparison.tables import table_changes


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for name in ("before", "after"):
        connection.execute(f"attach ':memory:' as {name}")
        connection.execute(f"create schema {name}.marts")
    return connection


def store(connection: duckdb.DuckDBPyConnection, database: str, table: str, columns: str, values: str) -> None:
    connection.execute(f"create table {database}.marts.{table} as select * from (values {values}) as t({columns})")


def test_equal_tables_do_not_differ(connection: duckdb.DuckDBPyConnection) -> None:
    for name in ("before", "after"):
        store(connection, name, "dim_school", "school_key, name", "(1, 'a'), (2, null)")
    (found,) = table_changes(connection, "before", "after")
    assert not found.differs
    assert (found.rows_before, found.rows_after, found.key) == (2, 2, ("school_key",))


def test_rows_are_paired_by_their_leading_columns(connection: duckdb.DuckDBPyConnection) -> None:
    store(connection, "before", "fct", "student, year, days", "(1, 25, 9), (1, 26, 9), (2, 26, 7)")
    store(connection, "after", "fct", "student, year, days", "(1, 25, 9), (1, 26, 8), (3, 26, 7), (4, 26, 7)")
    (found,) = table_changes(connection, "before", "after")
    assert found.key == ("student", "year")
    assert (found.added, found.removed, found.changed) == (2, 1, 1)
    (back,) = table_changes(connection, "after", "before")
    assert (back.added, back.removed, back.changed) == (1, 2, 1)


def test_rows_that_nothing_tells_apart_are_counted_as_often_as_they_are_there(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    store(connection, "before", "bridge", "student, lens", "(1, 'a'), (1, 'a'), (2, 'b')")
    store(connection, "after", "bridge", "student, lens", "(1, 'a'), (2, 'c')")
    (found,) = table_changes(connection, "before", "after")
    assert (found.added, found.removed, found.changed, found.key) == (1, 2, 0, ())


def test_tables_and_columns_that_come_and_go_are_named(connection: duckdb.DuckDBPyConnection) -> None:
    store(connection, "before", "gone", "key", "(1)")
    store(connection, "after", "new", "key", "(1), (2)")
    store(connection, "before", "kept", "key, old", "(1, 2)")
    store(connection, "after", "kept", "key, other", "(1, 3)")
    gone, kept, new = table_changes(connection, "before", "after")
    assert (gone.rows_after, gone.removed, new.rows_before, new.added) == (None, 1, None, 2)
    assert (kept.columns_added, kept.columns_removed, kept.changed) == (("other",), ("old",), 0)
    assert all(one.differs for one in (gone, kept, new))
