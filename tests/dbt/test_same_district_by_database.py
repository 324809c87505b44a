"""The same district out of a database and out of OneRoster files gives the same marts, to the row."""

import shutil
from pathlib import Path

import duckdb
import pytest

from ingestion.district import read_district
from ingestion.landing import land
from ingestion.sample_district import as_database, generate
from quality.quarantine import create_quarantine_tables
from tests.dbt.conftest import ParsedProject, run_dbt

ROSTER = {"district.yml": "oneroster", "district_database.yml": "sis_database"}
NAMES_SOURCES = {"mart_source_match"}
"""Marts that count rows per source, and so differ by design."""


@pytest.fixture(scope="module")
def warehouses(tmp_path_factory: pytest.TempPathFactory, parsed_project: ParsedProject) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sample")
    generate.generate_sample_district(folder / "delivered", students=240, schools=3, years=2, dirty_rate=0)
    as_database.write_sqlite(folder / "delivered", folder / "sis.sqlite")
    built = {}
    for name, roster in ROSTER.items():
        shutil.copyfile(Path(generate.__file__).with_name(name), folder / name)
        district = read_district(folder / name)
        warehouse = folder / roster / "district.duckdb"
        for system in (roster, "sis_files", "assessment_files"):
            land(system, district, warehouse, folder / f"{roster}-dlt")
        with duckdb.connect(str(warehouse)) as connection:
            create_quarantine_tables(connection)
        result = run_dbt(
            ["build", "--exclude-resource-type", "unit_test", "test"],
            warehouse,
            folder / f"{roster}-target",
            parsed_project.manifest,
        )
        assert result.success, result.exception
        built[roster] = warehouse
    return built


def test_marts_are_identical_whichever_way_the_roster_came(warehouses: dict[str, Path]) -> None:
    with duckdb.connect() as connection:
        for roster, warehouse in warehouses.items():
            connection.execute(f"attach '{warehouse}' as {roster} (read_only)")
        marts = [
            name
            for (name,) in connection.execute(
                "select table_name from duckdb_tables() where database_name = 'oneroster' and schema_name = 'marts'"
            ).fetchall()
            if name not in NAMES_SOURCES
        ]
        assert len(marts) > 10
        for mart in marts:
            counts = connection.execute(
                f"""
                select
                    (select count(*) from oneroster.marts.{mart}),
                    (select count(*) from (from oneroster.marts.{mart} except all from sis_database.marts.{mart})),
                    (select count(*) from (from sis_database.marts.{mart} except all from oneroster.marts.{mart}))
                """
            ).fetchone()
            assert counts is not None
            assert counts[0] > 0, mart
            assert counts[1:] == (0, 0), mart


def test_every_student_of_the_database_is_found(warehouses: dict[str, Path]) -> None:
    with duckdb.connect(str(warehouses["sis_database"]), read_only=True) as connection:
        unmatched = connection.execute(
            "select source_table, rows_unmatched from marts.mart_source_match where rows_unmatched > 0"
        ).fetchall()
    assert unmatched == []
