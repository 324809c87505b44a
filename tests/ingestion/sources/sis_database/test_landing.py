"""Tables land as text exactly as they are stored, whole or by what changed, from SQLite and from PostgreSQL."""

from datetime import UTC, datetime

import pyarrow as pa
import sqlalchemy as sa

from ingestion.district import Delivery
from ingestion.mapping import load_system
from ingestion.sources.sis_database.connection import open_database, read_connection
from ingestion.sources.sis_database.extract import Window, open_table
from tests.ingestion.sources.sis_database.conftest import SisDatabase

STUDENTS = """create table students (
    student_id integer primary key, student_number varchar(10), state_student_id varchar(10), first_name varchar(20),
    last_name varchar(20), grade_level varchar(2), is_deleted boolean, updated_at timestamp)"""
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
LATEST = """
    select source_file, file_rows, landed_rows, superseded_rows from raw._deliveries
    qualify row_number() over (partition by source_file order by loaded_at desc) = 1 order by loaded_at
"""


def student(number: int, first_name: str, updated_at: str, is_deleted: str = "false") -> str:
    return (
        f"insert into students values ({number}, '{number:06}', null, '{first_name}', 'B', '03', {is_deleted}, "
        f"'{updated_at}')"
    )


def by_cursor(database: SisDatabase, **connection: object) -> SisDatabase:
    database.deliveries = {"students": [{"cursor": "updated_at"}]}
    database.connection |= connection
    return database


def test_values_land_exactly_as_they_are_stored(database: SisDatabase) -> None:
    # SQLite keeps no exact decimals: a district that has them there keeps them as text.
    exact = "text" if database.url.startswith("sqlite") else "numeric"
    database.execute(
        f"""create table staff_members (
            staff_id integer primary key, staff_number varchar(10), hire_date date, termination_date date,
            years_experience_at_hire {exact}, fte {exact}, is_deleted boolean, updated_at timestamp,
            email varchar(20))""",
        "insert into staff_members values (7, '00042', '2019-08-01', null, '3.10', '0.12345678901234567890', true, "
        "'2026-01-02 03:04:05', 'x@staff.example')",
        "insert into staff_members values (8, ' Ä,\"8\"', null, null, null, null, false, null, null)",
    )
    database.deliveries = {"staff_members": [{}]}
    database.land()
    assert database.rows(
        "select staff_id, staff_number, hire_date, termination_date, years_experience_at_hire, fte, is_deleted, "
        "updated_at, first_name from raw.sis_database__staff_members order by 1"
    ) == [
        ("7", "00042", "2019-08-01", None, "3.10", "0.12345678901234567890", "true", "2026-01-02 03:04:05", None),
        ("8", ' Ä,"8"', None, None, None, None, "false", None, None),
    ]
    assert database.rows(
        "select _row_id, _source_file, _source_row, _delivery_scope from raw.sis_database__staff_members order by 1"
    ) == [
        ("staff_members/7", "staff_members", 1, "staff_members"),
        ("staff_members/8", "staff_members", 2, "staff_members"),
    ]
    assert database.rows("select * from raw._schema_drift") == []


def test_other_names_are_mapped_and_a_column_nobody_asked_for_is_told(database: SisDatabase) -> None:
    database.execute(
        'create table "PUPILS" ("PupilNo" varchar(8), "Ref" integer, shoe_size integer, note varchar(9))',
        "insert into \"PUPILS\" values ('0001', 9, 30, null)",
    )
    database.deliveries = {
        "students": [
            {
                "table": "PUPILS",
                "columns": {"student_id": "ref", "student_number": "PupilNo"},
                "constants": {"grade_level": "KG"},
                "excluded": {"note": "free text"},
            }
        ]
    }
    database.land()
    assert database.rows("select student_id, student_number, grade_level, _row_id from raw.sis_database__students") == [
        ("9", "0001", "KG", "PUPILS/9")
    ]
    assert database.rows("select source_file, column_name, kind from raw._schema_drift") == [
        ("PUPILS", "shoe_size", "new_column")
    ]


def test_a_view_does_as_well_as_a_table_and_repeated_keys_stay_single_rows(database: SisDatabase) -> None:
    database.execute(
        STUDENTS,
        student(1, "A", "2026-01-01 00:00:00"),
        student(2, "B", "2026-01-01 00:00:00"),
        "create view everyone as select * from students union all select * from students",
    )
    database.deliveries = {"students": [{"table": "everyone"}]}
    database.connection |= {"chunk_rows": 1}
    database.land()
    assert database.rows("select _row_id from raw.sis_database__students order by _source_row") == [
        ("everyone/1",),
        ("everyone/1#2",),
        ("everyone/2",),
        ("everyone/2#4",),
    ]


def test_only_changes_are_read_and_the_balance_holds(database: SisDatabase) -> None:
    by_cursor(database, lookback_hours=1)
    database.execute(STUDENTS, *[student(number, "A", f"2026-01-0{number} 10:00:00") for number in range(1, 6)])
    database.land()
    database.execute(
        "update students set first_name = 'Changed', updated_at = '2026-01-06 10:00:00' where student_id = 2",
        "update students set is_deleted = true, updated_at = '2026-01-06 10:00:00' where student_id = 3",
        student(6, "New", "2026-01-06 11:00:00"),
        "update students set first_name = 'No new timestamp' where student_id = 1",
    )
    database.land()
    assert database.rows(
        "select student_id, first_name, is_deleted, _source_file like 'students@%' "
        "from raw.sis_database__students order by 1"
    ) == [
        ("1", "A", "false", False),
        ("2", "Changed", "false", True),
        ("3", "A", "true", True),
        ("4", "A", "false", False),
        # The lookback reads the last one again.
        ("5", "A", "false", True),
        ("6", "New", "false", True),
    ]
    assert database.rows(LATEST) == [
        ("students", 5, 2, 3),
        ("students@2026-01-05 09:00:00..2026-01-06 11:00:00", 4, 4, 0),
    ]


def test_a_change_that_is_committed_late_arrives_by_the_lookback(database: SisDatabase) -> None:
    by_cursor(database, lookback_hours=24)
    database.execute(STUDENTS, student(1, "A", "2026-01-02 10:00:00"))
    database.land()
    database.execute(student(2, "Late", "2026-01-01 12:00:00"), student(3, "Too late", "2026-01-01 09:00:00"))
    database.land()
    assert database.rows("select student_id from raw.sis_database__students order by 1") == [("1",), ("2",)]


def test_a_whole_read_shows_what_was_deleted(database: SisDatabase) -> None:
    by_cursor(database)
    database.execute(STUDENTS, *[student(number, "A", "2026-01-01 10:00:00") for number in (1, 2, 3)])
    database.land()
    database.execute("delete from students where student_id = 2")
    database.land()
    assert database.rows("select count(*) from raw.sis_database__students") == [(3,)]
    by_cursor(database, full_refresh_days=0)
    database.land()
    assert database.rows("select student_id from raw.sis_database__students order by 1") == [("1",), ("3",)]
    assert database.rows("select sum(file_rows - landed_rows - superseded_rows) from raw._deliveries") == [(0,)]


def test_a_row_dated_in_the_future_hides_no_later_change(database: SisDatabase) -> None:
    by_cursor(database)
    database.execute(STUDENTS, student(1, "A", "2199-01-01 00:00:00"))
    database.land()
    (now,) = sa.create_engine("sqlite://").connect().exec_driver_sql("select datetime('now')").one()
    database.execute(student(2, "B", now))
    database.land()
    assert database.rows("select count(*) from raw.sis_database__students") == [(2,)]


def test_a_row_without_a_cursor_value_is_always_read(database: SisDatabase) -> None:
    by_cursor(database)
    database.execute(STUDENTS, student(1, "A", "2026-01-01 00:00:00"))
    database.land()
    database.execute("insert into students (student_id, student_number) values (2, '2')")
    database.land()
    assert database.rows("select student_id from raw.sis_database__students order by 1") == [("1",), ("2",)]


def test_a_number_serves_as_cursor(database: SisDatabase) -> None:
    database.deliveries = {"enrollments": [{"cursor": "enrollment_id"}]}
    database.connection |= {"lookback_ids": 2}
    database.execute(
        "create table enrollments (enrollment_id integer primary key, student_id integer, school_id integer, "
        "entry_date date, exit_date date)",
        *[f"insert into enrollments values ({number}, 1, 1, '2025-09-01', null)" for number in range(1, 12)],
    )
    database.land()
    database.execute("insert into enrollments values (12, 1, 1, '2026-09-01', null)")
    log = database.land()
    assert [(record.source_file, record.file_rows) for record in log.files] == [("enrollments@9..12", 4)]
    assert database.rows("select count(*) from raw.sis_database__enrollments") == [(12,)]


def test_a_new_warehouse_is_filled_whole_whatever_dlt_remembers(sqlite_database: SisDatabase) -> None:
    database = sqlite_database
    by_cursor(database)
    database.execute(STUDENTS, student(1, "A", "2026-01-01 00:00:00"), student(2, "A", "2026-03-01 00:00:00"))
    database.land()
    database.warehouse().unlink()
    database.land()
    assert database.rows("select count(*) from raw.sis_database__students") == [(2,)]


def test_a_cursor_may_come_and_go(sqlite_database: SisDatabase) -> None:
    database = sqlite_database
    database.execute(STUDENTS, student(1, "A", "2026-01-01 00:00:00"), student(2, "A", "2026-03-01 00:00:00"))
    for cursor in ("", "updated_at", "updated_at", "", "student_id"):
        database.deliveries = {"students": [{"cursor": cursor}]}
        database.land()
        assert database.rows("select count(*), count(distinct student_id) from raw.sis_database__students") == [(2, 2)]


def test_rows_come_in_pieces_and_not_as_python_objects(database: SisDatabase) -> None:
    database.execute(STUDENTS, *[student(number, "A", "2026-01-01 00:00:00") for number in range(1, 101)])
    entity = load_system("sis_database").entities["students"]
    settings = read_connection({**database.connection, "chunk_rows": 30}, frozenset())
    kinds: list[str] = []
    with open_database(settings, database.folder) as engine:
        extract = open_table(engine, settings, "students", entity, Delivery())
        assert extract is not None
        sa.event.listen(engine, "after_cursor_execute", lambda *given: kinds.append(type(given[1]).__name__))
        pieces = list(extract.read(Window(), "students", MOMENT))
    assert [piece.num_rows for piece in pieces] == [30, 30, 30, 10]
    assert pa.concat_tables(pieces).column("_source_row").to_pylist() == list(range(1, 101))
    assert kinds == []


def test_the_fingerprint_is_of_the_rows_and_not_of_the_pieces(sqlite_database: SisDatabase) -> None:
    database = sqlite_database
    database.execute(STUDENTS, student(1, "A", "2026-01-01 00:00:00"), student(2, "B", "2026-01-01 00:00:00"))
    database.deliveries = {"students": [{}]}
    (one,) = database.land("one").files
    database.connection |= {"chunk_rows": 1}
    (other,) = database.land("other").files
    assert one.file_sha256 == other.file_sha256
    database.execute("update students set first_name = 'C' where student_id = 2")
    (changed,) = database.land("other").files
    assert changed.file_sha256 != one.file_sha256


def test_tables_of_one_entity_replace_together_and_go_straight_into_theirs(sqlite_database: SisDatabase) -> None:
    database = sqlite_database
    database.execute(STUDENTS, student(1, "A", "2026-01-01 00:00:00"), student(2, "B", "2026-01-01 00:00:00"))
    database.execute("create table newcomers as select student_id + 10 as student_id, student_number from students")
    ids = "select student_id from raw.sis_database__students order by student_id::integer"
    for deliveries, landed in (
        ([{}, {"table": "newcomers"}], ["1", "2", "11", "12"]),
        ([{}, {"table": "newcomers"}], ["1", "2", "11", "12"]),
        ([{"table": "newcomers"}], ["11", "12"]),
    ):
        database.deliveries = {"students": deliveries}
        database.land()
        assert database.rows(ids) == [(number,) for number in landed]
    assert database.rows("select count(*) from duckdb_tables() where schema_name like '%staging%'") == [(0,)]


def test_a_table_that_a_district_need_not_have_may_become_empty(sqlite_database: SisDatabase) -> None:
    database = sqlite_database
    database.execute("create table staff_members (staff_id integer, staff_number text)")
    database.execute("insert into staff_members values (1, 'E1')")
    database.deliveries = {"staff_members": [{}]}
    database.land()
    database.execute("delete from staff_members")
    database.land()
    assert database.rows("select count(*) from raw.sis_database__staff_members") == [(0,)]


def test_a_read_without_changes_leaves_the_table_alone(database: SisDatabase) -> None:
    database.deliveries = {"students": [{"cursor": "student_id"}]}
    database.connection |= {"lookback_ids": 0}
    database.execute(STUDENTS, student(1, "A", "2026-01-01 00:00:00"), student(2, "B", "2026-01-01 00:00:00"))
    database.land()
    database.execute("delete from students where student_id = 2")
    log = database.land()
    assert [record.file_rows for record in log.files] == [0]
    assert database.rows("select count(*) from raw.sis_database__students") == [(2,)]
