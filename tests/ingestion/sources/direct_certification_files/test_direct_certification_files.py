"""A state's direct certification file lands by its own headers, without what the district need not keep."""

from pathlib import Path

import duckdb

from ingestion.district import read_district
from ingestion.landing import land

FILE = "direct_certification_2025-10.csv"
DISTRICT = """\
district: {id: d, name: D}
sources:
  direct_certification_files:
    root: state
    deliveries:
      certifications:
        - files: [direct_certification*.csv]
          columns:
            state_student_id: SSID
            certification_type: Match Type
            certified_on: Match Date
          excluded: {Last Name: known by number, Case Number: not ours to keep}
"""


def rows(folder: Path, text: str) -> list[tuple[object, ...]]:
    (folder / "state").mkdir(exist_ok=True)
    (folder / "state" / FILE).write_bytes(text.encode("cp1252"))
    (folder / "district.yml").write_text(DISTRICT)
    land("direct_certification_files", read_district(folder / "district.yml"), folder / "w.duckdb", folder / "dlt")
    with duckdb.connect(str(folder / "w.duckdb"), read_only=True) as connection:
        return connection.execute(
            "select state_student_id, certification_type, certified_on, student_id "
            "from raw.direct_certification_files__certifications order by all"
        ).fetchall()


def test_a_states_own_headers_are_mapped_in_the_district_file(tmp_path: Path) -> None:
    landed = rows(
        tmp_path,
        "SSID,Last Name,Match Type,Match Date,Case Number\n"
        "0091234567,Núñez,SNAP,10/01/2025,C-1\n0091234568,Doe,FOSTER,10/01/2025,\n",
    )
    assert landed == [("0091234567", "SNAP", "10/01/2025", None), ("0091234568", "FOSTER", "10/01/2025", None)]


def test_the_next_file_replaces_the_one_of_its_name(tmp_path: Path) -> None:
    rows(tmp_path, "SSID,Match Type,Match Date\n1,SNAP,10/01/2025\n2,TANF,10/01/2025\n")
    assert rows(tmp_path, "SSID,Match Type,Match Date\n2,TANF,10/01/2025\n") == [("2", "TANF", "10/01/2025", None)]
