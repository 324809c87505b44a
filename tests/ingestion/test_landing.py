"""Landing with dlt into a real DuckDB file."""

import zipfile
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from ingestion.district import District, read_district
from ingestion.errors import SourceFormatError
from ingestion.landing import land, landing_pipeline, prepare_warehouse, source_of
from ingestion.landing_log import LandingLog
from ingestion.mapping import raw_tables
from ingestion.warehouse_destination import ReplaceScopes

HEADER = "attendance_id,student_id,school_id,attendance_date,attendance_code,day_fraction,period"


class Landing:
    """A district with attendance files only, and its warehouse."""

    def __init__(self, folder: Path, mode: str = "full") -> None:
        self.files = folder / "sis"
        self.files.mkdir()
        self.warehouse = folder / "warehouse" / "district.duckdb"
        self.pipelines = folder / "dlt"
        path = folder / "district.yml"
        path.write_text(
            yaml.safe_dump(
                {
                    "district": {"id": "d", "name": "D"},
                    "sources": {
                        "sis_files": {
                            "root": "sis",
                            "deliveries": {
                                "attendance": [
                                    {
                                        "files": ["*.csv"],
                                        "mode": mode,
                                        "constants": {"record_basis": "exceptions"},
                                    }
                                ]
                            },
                        }
                    },
                }
            )
        )
        self.district: District = read_district(path)

    def deliver(self, name: str, *lines: str) -> None:
        (self.files / name).write_text("\n".join([HEADER, *lines]) + "\n")

    def land(self) -> None:
        land("sis_files", self.district, self.warehouse, self.pipelines)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()


def test_every_raw_table_exists_before_anything_has_landed(tmp_path: Path) -> None:
    prepare_warehouse(tmp_path / "district.duckdb")
    with duckdb.connect(str(tmp_path / "district.duckdb")) as connection:
        found = {
            name
            for (name,) in connection.execute(
                "select table_name from duckdb_tables() where schema_name='raw'"
            ).fetchall()
        }
    assert set(raw_tables()) <= found


def test_a_full_delivery_replaces_its_own_file_and_nothing_else(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.deliver("attendance_2025.csv", "1,s1,a,2025-01-06,UNX,1,", "2,s2,a,2025-01-07,UNX,1,")
    landing.deliver("attendance_2026.csv", "3,s1,a,2026-01-06,UNX,1,")
    landing.land()
    landing.deliver("attendance_2025.csv", "2,s2,a,2025-01-07,EXC,1,")
    landing.land()

    assert landing.rows("select attendance_id, attendance_code, _row_id from raw.sis_files__attendance order by 1") == [
        ("2", "EXC", "attendance_2025.csv#2"),
        ("3", "UNX", "attendance_2026.csv#2"),
    ]


def test_duplicates_in_a_full_delivery_all_land(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.deliver("a.csv", "1,s1,a,2025-01-06,UNX,1,", "1,s1,a,2025-01-06,UNX,1,")
    landing.land()
    assert landing.rows("select count(*), count(distinct _row_id) from raw.sis_files__attendance") == [(2, 2)]


def test_an_incremental_delivery_updates_by_key_and_counts_what_it_superseded(tmp_path: Path) -> None:
    landing = Landing(tmp_path, mode="incremental")
    landing.deliver("batch1.csv", "1,s1,a,2025-01-06,UNX,1,", "2,s2,a,2025-01-06,UNX,1,")
    landing.land()
    landing.deliver("batch2.csv", "2,s2,a,2025-01-06,EXC,1,", "3,s3,a,2025-01-06,UNX,1,")
    landing.land()

    assert landing.rows("select attendance_id, attendance_code from raw.sis_files__attendance order by 1") == [
        ("1", "UNX"),
        ("2", "EXC"),
        ("3", "UNX"),
    ]
    latest = """
        select source_file, file_rows, landed_rows, superseded_rows from raw._deliveries
        qualify row_number() over (partition by source_file order by loaded_at desc) = 1 order by 1
    """
    assert landing.rows(latest) == [("batch1.csv", 2, 1, 1), ("batch2.csv", 2, 2, 0)]


def test_an_unreadable_line_is_kept_and_the_rest_lands(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.deliver("a.csv", "1,s1,a,2025-01-06,UNX,1,", "2,s2,a,2025-01-06,UNX,1,,,surplus")
    landing.land()
    assert landing.rows("select count(*) from raw.sis_files__attendance") == [(1,)]
    assert landing.rows("select source_file, source_row, content from raw._unreadable_lines") == [
        ("a.csv", 3, "2,s2,a,2025-01-06,UNX,1,,,surplus")
    ]
    landing.deliver("a.csv", "1,s1,a,2025-01-06,UNX,1,", "2,s2,a,2025-01-06,UNX,1,")
    landing.land()
    assert landing.rows("select count(*) from raw._unreadable_lines") == [(0,)]


def test_a_file_that_is_not_what_it_should_be_lands_nothing_and_keeps_what_was_there(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.deliver("a.csv", "1,s1,a,2025-01-06,UNX,1,")
    landing.land()
    (landing.files / "a.csv").write_text("id,student\n1,s1\n")
    with pytest.raises(Exception) as raised:
        landing.land()
    assert any(isinstance(cause, SourceFormatError) for cause in causes(raised.value))
    assert landing.rows("select count(*) from raw.sis_files__attendance") == [(1,)]
    landing.deliver("a.csv", "1,s1,a,2025-01-06,EXC,1,")
    landing.land()
    assert landing.rows("select attendance_code from raw.sis_files__attendance") == [("EXC",)]


def test_a_delivery_that_did_not_arrive_is_an_error_with_the_remedy(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    with pytest.raises(Exception) as raised:
        landing.land()
    (cause,) = [c for c in causes(raised.value) if isinstance(c, SourceFormatError)]
    assert "no file matches *.csv" in str(cause)


def test_a_zip_archive_is_read_like_a_folder(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.deliver("a.csv", "1,s1,a,2025-01-06,UNX,1,")
    with zipfile.ZipFile(tmp_path / "sis.zip", "w") as archive:
        archive.write(landing.files / "a.csv", "a.csv")
    source = landing.district.sources["sis_files"].model_copy(update={"root": tmp_path / "sis.zip"})
    zipped = landing.district.model_copy(update={"sources": {"sis_files": source}})
    land("sis_files", zipped, landing.warehouse, landing.pipelines)
    assert landing.rows("select _row_id from raw.sis_files__attendance") == [("a.csv#2",)]


def test_a_file_that_comes_without_rows_takes_away_what_it_brought_before(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.deliver("a.csv", "1,s1,a,2025-01-06,UNX,1,")
    landing.deliver("b.csv", "2,s2,a,2025-01-06,UNX,1,")
    landing.land()
    landing.deliver("a.csv")
    landing.land()
    assert landing.rows("select attendance_id from raw.sis_files__attendance") == [("2",)]
    assert landing.rows(
        "select sum(landed_rows) from raw._deliveries where source_file = 'a.csv' and file_rows = 0"
    ) == [(0,)]


def test_a_system_whose_last_file_is_bad_lands_none_of_its_files_and_other_systems_go_on(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.deliver("a.csv", "1,s1,a,2025-01-06,UNX,1,")
    landing.land()
    before = landing.rows("select * from raw.sis_files__attendance")
    landing.deliver("a.csv", "1,s1,a,2025-01-06,EXC,1,", "9,s9,a,2025-01-06,EXC,1,")
    (landing.files / "z.csv").write_bytes(b"<html>")
    with pytest.raises(Exception) as raised:
        landing.land()
    assert any(isinstance(cause, SourceFormatError) for cause in causes(raised.value))
    assert landing.rows("select * from raw.sis_files__attendance") == before
    assert landing.rows("select count(*) from raw._deliveries") == [(1,)]

    (tmp_path / "assessments").mkdir()
    path = tmp_path / "district.yml"
    district = yaml.safe_load(path.read_text())
    district["sources"]["oneroster"] = {"root": "assessments", "deliveries": {"orgs": [{"files": ["orgs.csv"]}]}}
    path.write_text(yaml.safe_dump(district))
    (tmp_path / "assessments" / "orgs.csv").write_text(
        "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\no1,active,2025-01-01,A,school,1,d\n"
    )
    land("oneroster", read_district(path), landing.warehouse, landing.pipelines)
    assert landing.rows("select count(*) from raw.oneroster__orgs") == [(1,)]


def test_a_package_that_was_cut_off_while_loading_lands_once(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.deliver("a.csv", "1,s1,a,2025-01-06,UNX,1,", "2,s1,a,2025-01-07,UNX,1,")
    log = LandingLog()
    prepare_warehouse(landing.warehouse)
    pipeline = landing_pipeline("sis_files", landing.warehouse, landing.pipelines)
    pipeline.extract(source_of("sis_files")(lambda: landing.district, log), loader_file_format="parquet")
    pipeline.normalize()
    (package,) = pipeline.list_normalized_load_packages()
    (job,) = [
        Path(job.file_path)
        for job in pipeline.get_load_package_info(package).jobs["new_jobs"]
        if job.job_file_info.table_name == "sis_files__attendance"
    ]
    # The first try of the job: its transaction was committed, and then the process was killed.
    with duckdb.connect(str(landing.warehouse)) as connection:
        connection.execute(f"insert into raw.sis_files__attendance by name select * from read_parquet('{job}')")
    pipeline.load()
    assert landing.rows("select attendance_id from raw.sis_files__attendance order by 1") == [("1",), ("2",)]


def test_a_table_too_wide_for_the_usual_memory_lands_with_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []
    replace = ReplaceScopes._replace

    def counted(self: ReplaceScopes, *arguments: Any) -> None:
        tries.append(self.load_table_name)
        replace(self, *arguments)

    monkeypatch.setattr(ReplaceScopes, "_replace", counted)
    monkeypatch.setattr("ingestion.warehouse_destination.USUAL_MEMORY", "6MB")
    landing = Landing(tmp_path)
    landing.deliver("a.csv", *[f"{n},s{n},a,2025-01-06,UNX,1," for n in range(150_000)])
    landing.land()
    assert tries.count("sis_files__attendance") == 2
    assert landing.rows("select count(*) from raw.sis_files__attendance") == [(150_000,)]


def test_rows_go_straight_into_their_table(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.deliver("a.csv", "1,s1,a,2025-01-06,UNX,1,")
    landing.land()
    assert landing.rows("select count(*) from duckdb_tables() where schema_name like '%staging%'") == [(0,)]


def test_a_file_that_became_empty_takes_its_rows_along(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.deliver("a.csv", "1,s1,a,2025-01-06,UNX,1,")
    landing.land()
    landing.deliver("a.csv")
    landing.land()
    assert landing.rows("select count(*) from raw.sis_files__attendance") == [(0,)]


def test_changes_that_bring_no_row_leave_the_table_alone(tmp_path: Path) -> None:
    landing = Landing(tmp_path, mode="incremental")
    landing.deliver("a.csv", "1,s1,a,2025-01-06,UNX,1,")
    landing.land()
    landing.deliver("a.csv")
    landing.land()
    assert landing.rows("select count(*) from raw.sis_files__attendance") == [(1,)]


def causes(error: BaseException | None) -> list[BaseException]:
    found = []
    while error is not None:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found
