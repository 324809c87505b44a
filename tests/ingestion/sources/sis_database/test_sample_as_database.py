"""The sample district in a database says what its files say, in SQLite as in PostgreSQL."""

from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from ingestion.district import read_district
from ingestion.landing import land
from ingestion.mapping import load_system
from ingestion.sample_district import as_database, generate
from ingestion.sample_district.as_database import TABLES, write_database, write_sqlite
from tests.ingestion.sources.sis_database.conftest import SisDatabase

Rows = dict[str, list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "delivered"
    generate.generate_sample_district(folder, students=120, schools=3, years=2, dirty_rate=0.02)
    return folder


def landed(warehouse: Path) -> Rows:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return {
            table.name: connection.execute(
                f"select _row_id, columns(c -> not starts_with(c, '_')) from raw.sis_database__{table.name} order by 1"
            ).fetchall()
            for table in TABLES
        }


def test_the_tables_are_those_of_the_proposed_layout() -> None:
    proposed = {
        name: {header for column in entity.columns.values() for header in column.headers}
        for name, entity in load_system("sis_database").entities.items()
    }
    assert {table.name: set(table.c.keys()) for table in TABLES} == proposed


def test_it_holds_what_the_files_hold(delivered: Path, tmp_path: Path) -> None:
    write_sqlite(delivered, tmp_path / "sis.sqlite")
    with duckdb.connect() as connection:
        users = connection.execute(
            f"""
            select distinct identifier from read_csv('{delivered}/oneroster/users.csv', all_varchar = true)
            where "sourcedId" in (select "userSourcedId" from read_csv('{delivered}/oneroster/roles.csv',
                all_varchar = true) where role = 'student') order by 1
            """
        ).fetchall()
        homerooms = connection.execute(
            f"""
            select count(distinct e."sourcedId") from read_csv('{delivered}/oneroster/enrollments.csv',
                all_varchar = true, null_padding = true) as e
            inner join read_csv('{delivered}/oneroster/classes.csv', all_varchar = true) as c
                on c."sourcedId" = e."classSourcedId"
            where e.role = 'student' and c."classType" = 'homeroom'
            """
        ).fetchone()
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'sis.sqlite'}")
    with engine.connect() as database:
        numbers = {number for (number,) in database.exec_driver_sql("select student_number from students")}
        stays = database.exec_driver_sql("select count(*) from enrollments").scalar_one()
    engine.dispose()
    assert {number for (number,) in users} <= numbers
    assert homerooms == (stays,)


def test_sqlite_and_postgresql_land_the_same_rows(
    delivered: Path, postgres_database: SisDatabase, tmp_path: Path
) -> None:
    write_database(delivered, sa.make_url(postgres_database.url))
    counts = write_database(delivered, sa.make_url(postgres_database.url))
    postgres_database.land()

    assert write_sqlite(delivered, tmp_path / "sis.sqlite") == counts
    district_file = tmp_path / "district_database.yml"
    district_file.write_text(Path(as_database.__file__).with_name(district_file.name).read_text())
    land("sis_database", read_district(district_file), tmp_path / "sqlite.duckdb", tmp_path / "dlt")

    from_sqlite = landed(tmp_path / "sqlite.duckdb")
    assert {name: len(rows) for name, rows in from_sqlite.items()} == counts
    assert all(from_sqlite.values())
    assert landed(postgres_database.warehouse()) == from_sqlite
