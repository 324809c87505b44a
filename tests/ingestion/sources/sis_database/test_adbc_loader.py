"""What the drivers bring as Arrow is what the database holds, in pieces of the size asked for, whatever comes first."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg
import pyarrow as pa
import pytest

from ingestion.district import Delivery
from ingestion.mapping import load_system
from ingestion.sources.sis_database.adbc_loader import PostgresqlLoader, SqliteLoader, loader_for
from ingestion.sources.sis_database.connection import open_database, read_connection
from ingestion.sources.sis_database.errors import DatabaseReadError
from ingestion.sources.sis_database.extract import TableExtract, Window, open_table
from tests.ingestion.sources.sis_database.conftest import SisDatabase, causes

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
ENTITY = load_system("sis_database").entities["students"]
IDS = Delivery(constants={"student_number": "0"})
"""Of a table that has ids and no numbers."""


@contextmanager
def opened(database: SisDatabase, delivery: Delivery | None = None, **connection: object) -> Iterator[TableExtract]:
    settings = read_connection({**database.connection, **connection}, frozenset())
    with open_database(settings, database.folder) as engine:
        extract = open_table(engine, settings, "students", ENTITY, delivery or Delivery())
        assert extract is not None
        yield extract


def pieces(database: SisDatabase, delivery: Delivery | None = None, **connection: object) -> list[pa.Table]:
    with opened(database, delivery, **connection) as extract:
        return list(extract.read(Window(), "students", MOMENT))


def values(database: SisDatabase, column: str, delivery: Delivery | None = None, **connection: object) -> list[object]:
    found: list[object] = pa.concat_tables(pieces(database, delivery, **connection)).column(column).to_pylist()
    return found


def is_sqlite(database: SisDatabase) -> bool:
    return database.url.startswith("sqlite")


@pytest.mark.parametrize("chunk_rows", [1, 7, 10, 20, 21, 1000])
def test_pieces_have_the_size_asked_for_and_the_order_of_the_key(database: SisDatabase, chunk_rows: int) -> None:
    numbers = [*range(1, 21, 2), *range(2, 21, 2)]
    database.execute(
        "create table students (student_id integer, student_number text)",
        "insert into students values " + ", ".join(f"({number}, 'n{number}')" for number in numbers),
    )
    read = pieces(database, chunk_rows=chunk_rows)
    assert [piece.num_rows for piece in read[:-1]] == [chunk_rows] * (len(read) - 1)
    assert 1 <= read[-1].num_rows <= chunk_rows
    assert pa.concat_tables(read).column("student_number").to_pylist() == [f"n{number}" for number in range(1, 21)]


def test_a_table_without_rows_brings_no_piece(database: SisDatabase) -> None:
    database.execute("create table students (student_id integer, student_number text)")
    assert pieces(database) == []


def test_a_column_may_begin_with_nulls_and_go_on_with_anything(database: SisDatabase) -> None:
    database.execute(
        "create table students (student_id integer, student_number text, first_name text)",
        *[f"insert into students values ({number}, null, null)" for number in range(1, 7)],
        "insert into students values (7, '007', '')",
        "insert into students values (8, null, 'Zoë')",
        "insert into students values (9, '1e5', '12')",
    )
    assert values(database, "student_number", chunk_rows=2) == [None] * 6 + ["007", None, "1e5"]
    assert values(database, "first_name", chunk_rows=2) == [None] * 6 + ["", "Zoë", "12"]
    assert values(database, "last_name", chunk_rows=2) == [None] * 9


def test_values_of_any_kind_are_their_text(database: SisDatabase) -> None:
    database.execute(
        "create table students (student_id bigint, student_number text, first_name text, grade_level numeric(6, 2), "
        "is_deleted boolean, updated_at timestamp)",
        "insert into students values (-9223372036854775807, 'O''Brien \\ \"x\"', '李小龍 😀', 3.5, true, "
        "'2026-01-02 03:04:05')",
        *_escaped(
            database, "insert into students values (9223372036854775807, 'a%sb%%c:d', 'e\u0301', 10, false, null)"
        ),
    )
    assert values(database, "student_id") == ["-9223372036854775807", "9223372036854775807"]
    assert values(database, "student_number") == ['O\'Brien \\ "x"', "a%sb%%c:d"]
    assert values(database, "first_name") == ["李小龍 😀", "e\u0301"]
    assert values(database, "grade_level") == (["3.5", "10"] if is_sqlite(database) else ["3.50", "10.00"])
    assert values(database, "is_deleted") == ["true", "false"]
    assert values(database, "updated_at") == ["2026-01-02 03:04:05", None]


def test_sqlite_columns_may_hold_values_of_any_type(sqlite_database: SisDatabase) -> None:
    sqlite_database.execute(
        "create table students (student_id integer primary key, student_number)",
        "insert into students (student_number) values (null), (12), (0.1), ('x'), (cast('y' as blob)), (1e300)",
    )
    for chunk_rows in (1, 2, 6):
        assert values(sqlite_database, "student_number", chunk_rows=chunk_rows) == [
            None, "12", "0.1", "x", "y", "1.0e+300"
        ]  # fmt: skip


def test_names_of_columns_may_hold_any_character(database: SisDatabase) -> None:
    database.execute(
        *_escaped(
            database,
            'create table "pupils %s" (student_id integer, "no. in %" text, "say ""x"":y" text)',
            "insert into \"pupils %s\" values (1, 'a', 'b')",
        )
    )
    delivery = Delivery(table="pupils %s", columns={"student_number": "no. in %", "first_name": 'say "x":y'})
    assert values(database, "student_number", delivery) == ["a"]
    assert values(database, "first_name", delivery) == ["b"]


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        ("integer", ["1", "5", "9"]),
        ("date", ["'2026-01-01'", "'2026-01-05'", "'2026-01-09'"]),
        ("timestamp", ["'2026-01-01 08:00:00.000001'", "'2026-01-05 08:00:00'", "'2026-01-09 23:59:59.999999'"]),
        ("timestamp with time zone", ["'2026-01-01 08:00:00+02'", "'2026-01-05 08:00:00+00'", "'2026-01-09 23:00-05'"]),
    ],
)
def test_a_window_has_both_its_ends_and_the_rows_without_a_cursor(
    database: SisDatabase, kind: str, stored: list[str]
) -> None:
    if is_sqlite(database) and kind.endswith("zone"):
        stored = [value.replace("-05'", ":00-05:00'").replace("+02'", "+02:00'") for value in stored]
    database.execute(
        f"create table students (student_id integer primary key, student_number text, changed {kind})",
        *[f"insert into students values ({key}, 'n{key}', {value})" for key, value in enumerate(stored, 1)],
        "insert into students values (4, 'n4', null)",
    )
    delivery = Delivery(cursor="changed")
    with opened(database, delivery, lookback_ids=0) as extract:
        upto = extract.highest_cursor()
        assert upto is not None
        second = "5" if kind == "integer" else "2026-01-05" + (" 08:00:00" if "time" in kind else "")
        read = pa.concat_tables(extract.read(extract.window(second, upto), "students", MOMENT))
    assert read.column("student_number").to_pylist() == ["n2", "n3", "n4"]


def test_quotes_in_a_cursor_stay_quotes(sqlite_database: SisDatabase) -> None:
    sqlite_database.execute(
        "create table students (student_id integer primary key, changed text)",
        "insert into students values (1, '2026-01-01'), (2, '2026-01-03 o''clock'), (3, '2026-01-02'), (4, 'never')",
    )
    with opened(sqlite_database, Delivery(cursor="changed", constants=IDS.constants)) as extract:
        window = Window("2026-01-02", "2026-01-03 o'clock")
        read = pa.concat_tables(extract.read(window, "students", MOMENT))
    assert read.column("student_id").to_pylist() == ["2", "3"]


def test_a_table_is_read_as_it_was_when_reading_began(postgres_database: SisDatabase) -> None:
    database = postgres_database
    database.execute("create table students (student_id integer)", "insert into students select generate_series(1, 50)")
    with opened(database, IDS, chunk_rows=10) as extract:
        reading = extract.read(Window(), "students", MOMENT)
        rows = next(reading).num_rows
        database.execute(
            "insert into students select generate_series(51, 90)", "delete from students where student_id > 40"
        )
        rows += sum(piece.num_rows for piece in reading)
    assert rows == 50


def test_a_connection_that_is_cut_while_rows_come(postgres_database: SisDatabase) -> None:
    database = postgres_database
    database.execute(
        "create table students (student_id integer)", "insert into students select generate_series(1, 5000)"
    )
    with opened(database, IDS, chunk_rows=10) as extract, pytest.raises(DatabaseReadError) as raised:
        for number, _ in enumerate(extract.read(Window(), "students", MOMENT)):
            if number == 3:
                database.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where datname = current_database() and pid <> pg_backend_pid()"
                )
    assert "was not reached or cut the connection" in str(raised.value)
    password = (database.folder / "password").read_text().strip()
    assert not any(password in str(cause) for cause in causes(raised.value))


def test_time_that_landing_takes_does_not_count_as_the_statements(postgres_database: SisDatabase) -> None:
    database = postgres_database
    database.execute(
        "create table students (student_id integer)", "insert into students select generate_series(1, 5000)"
    )
    with opened(database, IDS, chunk_rows=1000, statement_timeout_seconds=1) as extract:
        reading = extract.read(Window(), "students", MOMENT)
        rows = next(reading).num_rows
        time.sleep(1.2)
        rows += sum(piece.num_rows for piece in reading)
    assert rows == 5000


def test_a_password_may_hold_any_character(postgres_database: SisDatabase) -> None:
    database = postgres_database
    password = "it's \\ @:/?#% ü=1"
    quoted = password.replace("'", "''")
    database.execute(
        "create table students (student_id integer)",
        "insert into students values (1)",
        "drop role if exists odd",
        *_escaped(database, f"create role odd login password '{quoted}'"),
        "grant select on students to odd",
    )
    (database.folder / "password").write_text(password)
    assert values(database, "student_id", IDS, username="odd") == ["1"]
    database.execute("drop owned by odd", "drop role odd")


def test_a_database_of_another_encoding_comes_as_utf8(postgres_database: SisDatabase) -> None:
    database = postgres_database
    name = f"{database.connection['database']}_latin1"
    _in_postgresql(database, f"create database {name} encoding 'LATIN1' locale 'C' template template0")
    latin = SisDatabase(database.folder, f"{database.url.rpartition('/')[0]}/{name}", {**database.connection})
    latin.connection["database"] = name
    latin.execute("create table students (student_id integer, first_name text)")
    latin.execute("insert into students values (1, 'Zo' || chr(235))")
    assert values(latin, "first_name", IDS) == ["Zoë"]


def test_a_file_that_another_program_holds(sqlite_database: SisDatabase) -> None:
    database = sqlite_database
    database.execute("create table students (student_id integer)", "insert into students values (1)")
    with opened(database, IDS, connect_timeout_seconds=1) as extract:
        holding = (
            "import sqlite3, sys; database = sqlite3.connect(sys.argv[1]); database.execute('begin exclusive'); "
            "print('held', flush=True); input()"
        )
        command = [sys.executable, "-c", holding, str(database.folder / "sis.sqlite")]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "held\n"
            with pytest.raises(DatabaseReadError, match="another program holds the file"):
                list(extract.read(Window(), "students", MOMENT))
            other.communicate("\n")


def test_a_file_that_is_damaged_further_on(sqlite_database: SisDatabase) -> None:
    database = sqlite_database
    database.execute(
        "create table students (student_id integer primary key, first_name text)",
        "insert into students with recursive n (i) as (select 1 union all select i + 1 from n where i < 5000) "
        "select i, 'secret name ' || i from n",
    )
    file = database.folder / "sis.sqlite"
    content = bytearray(file.read_bytes())
    content[len(content) // 2 :] = b"\xff" * (len(content) - len(content) // 2)
    file.write_bytes(content)
    with pytest.raises(DatabaseReadError, match="is not a SQLite database") as raised:
        pieces(database, IDS, chunk_rows=10)
    assert "secret" not in str(raised.value)


def test_a_sqlite_file_is_not_written(sqlite_database: SisDatabase) -> None:
    database = sqlite_database
    database.execute("create table students (student_id integer)", "insert into students values (1)")
    with opened(database, IDS) as extract:
        loader = loader_for(extract.engine, extract.settings)(extract.engine, "pyarrow", extract.table, {})
        assert isinstance(loader, SqliteLoader)
        loader.compile_query = lambda _: "delete from students returning cast(student_id as text)"  # type: ignore[method-assign]
        with pytest.raises(Exception, match="readonly"):
            list(loader.load_rows())


def test_another_driver_reads_as_dlt_does(sqlite_database: SisDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    database = sqlite_database
    database.execute(
        "create table students (student_id integer, first_name text)",
        "insert into students values (2, 'B'), (1, null), (3, 'Ö')",
    )
    ours = pa.concat_tables(pieces(database, IDS, chunk_rows=2))
    with opened(database, IDS, chunk_rows=2) as extract:
        monkeypatch.setattr(extract.engine.dialect, "driver", "another")
        assert not isinstance(loader_for(extract.engine, extract.settings), PostgresqlLoader)
        read = list(extract.read(Window(), "students", MOMENT))
    assert [piece.num_rows for piece in read] == [2, 1]
    assert pa.concat_tables(read).equals(ours)


def _escaped(database: SisDatabase, *statements: str) -> list[str]:
    """Statements as they go through psycopg, to which a percent sign is a parameter."""
    return [statement if is_sqlite(database) else statement.replace("%", "%%") for statement in statements]


def _in_postgresql(database: SisDatabase, *statements: str) -> None:
    with psycopg.connect(database.url.replace("+psycopg", ""), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
