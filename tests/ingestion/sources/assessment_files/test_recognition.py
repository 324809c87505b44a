"""The layout of a file is found by its headers; what cannot be found is said with the remedy."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import yaml

from ingestion.district import Delivery, District
from ingestion.errors import DistrictFileError, SourceFormatError
from ingestion.landing_log import LandingLog
from ingestion.sources.assessment_files import vendor_layout
from ingestion.sources.assessment_files.recognition import with_recognised_files
from ingestion.sources.assessment_files.vendor_layout import LAYOUTS_DIR, VendorLayout, vendor_layouts
from ingestion.sources.delivered_source import read_entity

ROOT = Path(__file__).parents[4]
MAP_HEADER = "TermName,StudentID,School_StateID,Course,TestID,TestStartDate,TestRITScore,AchievementQuintile"
MAP_ROW = "Fall 2025-2026,s1,0101,Math K-12,t1,09/16/2025,208,Avg"
KRA_HEADER = "state_student_id,district_student_id,school_id,overall_score,PLD,SF_score,LL_score,MA_score,PD_score"
KRA_ROW = "900,s1,0101,264,Emerging,270,260,261,262"

Districts = Callable[..., District]


def deliver(tmp_path: Path, name: str, *lines: str) -> None:
    path = tmp_path / "delivered" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def recognised(district: District) -> tuple[Delivery, ...]:
    return with_recognised_files(district).deliveries_of("assessment_files", "results")


def refusal(district: District) -> str:
    with pytest.raises(SourceFormatError) as error:
        with_recognised_files(district)
    return str(error.value)


def results(district: District) -> list[dict[str, object]]:
    tables = read_entity("assessment_files", "results", with_recognised_files(district), LandingLog())
    return [row for table in tables for row in table.to_pylist()]


def test_every_layout_is_valid_and_known_by_its_file_name() -> None:
    assert set(vendor_layouts()) == {path.stem for path in LAYOUTS_DIR.glob("*.yml")}
    assert len(vendor_layouts()) >= 60


@pytest.mark.parametrize(
    "page", ["ingestion/sources/assessment_files/README.md", "docs/guides/connect-your-district.md"]
)
def test_the_layout_that_a_page_shows_is_valid(page: str) -> None:
    examples = re.findall(r"```yaml\n(title: .*?)```", (ROOT / page).read_text(), re.DOTALL)
    assert len(examples) == 1
    layout = VendorLayout.model_validate(yaml.safe_load(examples[0]))
    assert all(part.expanded(()) for part in layout.whole_parts())


def test_no_two_layouts_are_recognised_by_the_same_headers() -> None:
    variants = [
        frozenset(header.lower() for header in headers)
        for layout in vendor_layouts().values()
        for headers in layout.recognised_by.values()
    ]
    assert len(variants) == len(set(variants))


def test_each_file_is_read_by_the_layout_of_its_headers(tmp_path: Path, assessment_district: Districts) -> None:
    deliver(tmp_path, "autumn.csv", MAP_HEADER, MAP_ROW)
    deliver(
        tmp_path,
        "state.csv",
        "record_id,ssid,admin_year,window,school_code,subject,tested_grade,scale_score,performance_level,test_status,"
        "test_date,district_code",
        "r1,900,2026,Spring,0101,ELA,03,2432,3,VALID,2026-04-20,1",
    )
    landed = results(assessment_district(vendors="auto"))
    assert [(row["instrument"], row["subject"], row["school_year"], row["student_id_type"]) for row in landed] == [
        ("MAP_GROWTH", "MATH", "2025-2026", "local"),
        ("STATE", "ELA", "2026", "state"),
    ]


def test_headers_are_recognised_in_any_case_and_order(tmp_path: Path, assessment_district: Districts) -> None:
    names, values = MAP_HEADER.upper().split(","), MAP_ROW.split(",")
    deliver(tmp_path, "map.csv", ",".join(reversed(names)), ",".join(reversed(values)))
    (row,) = results(assessment_district(vendors="auto"))
    assert (row["student_id"], row["scale_score"], row["window_name"]) == ("s1", "208", "Fall")


def test_a_renamed_column_is_named_with_the_nearest_layout_and_the_remedy(
    tmp_path: Path, assessment_district: Districts
) -> None:
    deliver(tmp_path, "map.csv", MAP_HEADER.replace("TestRITScore", "RITScore"), MAP_ROW)
    message = refusal(assessment_district(vendors="auto"))
    assert "assessment_files/map.csv is of no known layout. Unknown columns: RITScore. " in message
    assert "The nearest layout is nwea_map_growth (NWEA MAP Growth, comprehensive data file); " in message
    assert "the file lacks its TestRITScore" in message
    assert "add a variant to that layout" in message


def test_a_missing_column_of_a_known_layout_is_named_with_what_is_new(
    tmp_path: Path, assessment_district: Districts
) -> None:
    deliver(tmp_path, "map.csv", MAP_HEADER.replace("School_StateID", "Campus"), MAP_ROW)
    message = refusal(assessment_district(vendors="auto"))
    assert (
        "is a file of NWEA MAP Growth, comprehensive data file, but lacks school_id (header School_StateID)" in message
    )
    assert "Columns that layout nwea_map_growth does not name: Campus." in message
    assert "layouts: - {layout: nwea_map_growth, columns: {...}}" in message


def test_the_district_file_can_give_the_new_name_of_a_column(tmp_path: Path, assessment_district: Districts) -> None:
    deliver(tmp_path, "map.csv", MAP_HEADER.replace("School_StateID", "Campus"), MAP_ROW)
    choice = {"layout": "nwea_map_growth", "columns": {"school_id": "Campus"}}
    (row,) = results(assessment_district(vendors="auto", layouts=[choice]))
    assert row["school_id"] == "0101"


def test_a_missing_column_that_can_be_done_without_is_drift(tmp_path: Path, assessment_district: Districts) -> None:
    deliver(tmp_path, "map.csv", MAP_HEADER.replace("AchievementQuintile", "Quintile"), MAP_ROW)
    log = LandingLog()
    district = with_recognised_files(assessment_district(vendors="auto"))
    (table,) = read_entity("assessment_files", "results", district, log)
    assert table.column("performance_level").to_pylist() == [None]
    ((drift,),) = [record.drift for record in log.files]
    assert (drift.column_name, drift.kind) == ("AchievementQuintile", "missing_column")
    assert "performance_level is empty" in drift.detail


def test_all_refused_files_are_told_at_once(tmp_path: Path, assessment_district: Districts) -> None:
    deliver(tmp_path, "a.csv", "x,y", "1,2")
    deliver(tmp_path, "b.csv", MAP_HEADER, MAP_ROW)
    deliver(tmp_path, "c.csv", KRA_HEADER, KRA_ROW)
    message = refusal(assessment_district(vendors="auto"))
    assert "assessment_files/a.csv is of no known layout. Unknown columns: x, y. No layout shares a column" in message
    assert "assessment_files/c.csv is a file of Kindergarten Readiness Assessment" in message
    assert "b.csv" not in message


def test_a_message_about_a_wide_file_names_the_first_columns(tmp_path: Path, assessment_district: Districts) -> None:
    deliver(tmp_path, "wide.csv", ",".join(f"c{n}" for n in range(100)), ",".join("1" * 100))
    assert "c38, c39 and 60 more." in refusal(assessment_district(vendors="auto"))


def test_no_value_of_a_row_is_ever_shown(tmp_path: Path, assessment_district: Districts) -> None:
    deliver(tmp_path, "a.csv", "name,born", "Ada Unmistakable,2015-12-10")
    deliver(tmp_path, "without_header.csv", "Ada Unmistakable,2015-12-10", "Ben Unmistakable,2015-12-11")
    message = refusal(assessment_district(vendors="auto"))
    assert "Unmistakable" not in message
    assert (
        "without_header.csv is of no known layout. Unknown columns: 2 columns; the line does not look like" in message
    )


def test_what_the_file_does_not_say_is_given_in_the_district_file(
    tmp_path: Path, assessment_district: Districts
) -> None:
    deliver(tmp_path, "kra.csv", KRA_HEADER, KRA_ROW)
    message = refusal(assessment_district(vendors="auto"))
    assert "needs school_year from the district: the file names neither a school year nor a test date" in message
    choice = {"layout": "kindergarten_readiness_assessment_state", "constants": {"school_year": "2026"}}
    landed = results(assessment_district(layouts=[choice]))
    assert {row["school_year"] for row in landed} == {"2026"}
    assert [(row["subject"], row["scale_score"]) for row in landed] == [
        ("OVERALL", "264"),
        ("SOCIAL FOUNDATIONS", "270"),
        ("LANGUAGE AND LITERACY", "260"),
        ("MATH", "261"),
        ("PHYSICAL DEVELOPMENT", "262"),
    ]


def test_layouts_listed_by_name_are_the_only_ones_looked_for(tmp_path: Path, assessment_district: Districts) -> None:
    deliver(tmp_path, "map.csv", MAP_HEADER, MAP_ROW)
    assert len(recognised(assessment_district(layouts=["nwea_map_growth", "wida_access"]))) == 1
    message = refusal(assessment_district(layouts=["wida_access", "college_board_sat"]))
    assert "assessment_files/map.csv is of no known layout" in message


def test_patterns_say_which_files_are_delivered_at_all(tmp_path: Path, assessment_district: Districts) -> None:
    deliver(tmp_path, "nwea/map.csv", MAP_HEADER, MAP_ROW)
    deliver(tmp_path, "notes/other.csv", "x", "1")
    choice = {"layout": "nwea_map_growth", "files": ["nwea/*.csv"]}
    assert [delivery.files for delivery in recognised(assessment_district(layouts=[choice]))] == [("nwea/map.csv",)]


def test_a_file_that_two_layouts_fit_is_refused_until_the_district_says_which(
    tmp_path: Path, assessment_district: Districts, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = vendor_layouts()["nwea_map_growth"].model_copy(update={"instrument": "TWIN"})
    layouts = {**vendor_layouts(), "preact": twin}
    monkeypatch.setattr("ingestion.sources.assessment_files.recognition.vendor_layouts", lambda: layouts)
    deliver(tmp_path, "map.csv", MAP_HEADER, MAP_ROW)
    message = refusal(assessment_district(vendors="auto"))
    assert "assessment_files/map.csv fits the layouts nwea_map_growth and preact" in message
    assert "- {layout: nwea_map_growth, files: [map.csv]}" in message
    choice = {"layout": "preact", "files": ["map.csv"]}
    (row,) = results(assessment_district(vendors="auto", layouts=[choice]))
    assert row["instrument"] == "TWIN"


def test_files_that_deliveries_name_are_not_recognised_again(tmp_path: Path, assessment_district: Districts) -> None:
    deliver(tmp_path, "own.csv", "who,what,where,when,points,grade", "s1,ELA,0101,2026,5,03")
    deliver(tmp_path, "map.csv", MAP_HEADER, MAP_ROW)
    own = {
        "files": ["own.csv"],
        "columns": {
            "student_id": "who",
            "subject": "what",
            "school_id": "where",
            "school_year": "when",
            "scale_score": "points",
            "tested_grade": "grade",
        },
        "constants": {"instrument": "OWN", "student_id_type": "local"},
    }
    landed = results(assessment_district(vendors="auto", deliveries={"results": [own]}))
    assert [row["instrument"] for row in landed] == ["OWN", "MAP_GROWTH"]


def test_a_folder_without_files_is_an_error(assessment_district: Districts) -> None:
    assert "no file to recognise under delivered/" in refusal(assessment_district(vendors="auto"))


def test_a_repeated_header_matters_only_where_it_carries_a_result(
    tmp_path: Path, assessment_district: Districts
) -> None:
    deliver(tmp_path, "map.csv", f"{MAP_HEADER},Filler,Filler,,", f"{MAP_ROW},1,2,3,4")
    (row,) = results(assessment_district(vendors="auto"))
    assert row["scale_score"] == "208"
    deliver(tmp_path, "map.csv", f"{MAP_HEADER},TestRITScore", f"{MAP_ROW},209")
    with pytest.raises(SourceFormatError, match=r"map\.csv repeats the header TestRITScore, which carries scale_score"):
        results(assessment_district(vendors="auto"))


def test_workbooks_and_packed_files_are_recognised_too(tmp_path: Path, assessment_district: Districts) -> None:
    district = assessment_district(vendors="auto")
    workbook = openpyxl.Workbook()
    workbook.active.append(MAP_HEADER.split(","))
    workbook.active.append(MAP_ROW.split(","))
    workbook.save(tmp_path / "delivered" / "map.xlsx")
    (tmp_path / "delivered" / "map.csv.gz").write_bytes(gzip.compress(f"{MAP_HEADER}\n{MAP_ROW}\n".encode()))
    assert [(row["student_id"], row["scale_score"]) for row in results(district)] == [("s1", "208")] * 2


def test_file_names_with_wildcards_are_taken_literally(tmp_path: Path, assessment_district: Districts) -> None:
    deliver(tmp_path, "map [1].csv", MAP_HEADER, MAP_ROW)
    deliver(tmp_path, "map 1.csv", MAP_HEADER, MAP_ROW)
    assert len(results(assessment_district(vendors="auto"))) == 2


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"layouts": ["nwea_map"]}, "assessment_files has no layout nwea_map. Known: act"),
        ({"vendors": "some"}, "is not a valid district file"),
    ],
)
def test_a_district_file_that_names_no_layout_is_refused(
    assessment_district: Districts, source: dict[str, object], message: str
) -> None:
    with pytest.raises(DistrictFileError, match=message):
        assessment_district(**source)


BASE = {
    "title": "T",
    "instrument": "T",
    "recognised_by": {"v": ["id"]},
    "columns": {"student_id": "id", "scale_score": "score", "test_date": "on"},
    "constants": {"student_id_type": "local", "subject": "ELA"},
    "absent": {"school_id": "none", "tested_grade": "none", "school_year": "none"},
    "excluded": {},
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"absent": {"school_id": "none", "school_year": "none"}}, "says nothing about tested_grade"),
        ({"columns": {"student_id": "id", "test_date": "on"}}, "says nothing about scale_score"),
        (
            {"columns": {"student_id": "id", "test_date": "on"}, "absent": {**BASE["absent"], "scale_score": "none"}},
            "has neither a score nor a performance level",
        ),
        ({"columns": {"student_id": "id", "scale_score": "score"}}, "does not say when the test was taken"),
        ({"rewrites": {"score": {"a": "b"}}}, "names no columns of ours: score"),
        ({"date_format": "%d.%m.%Y"}, "date_format must be one of"),
        ({"parts": [{"date_format": "%d.%m.%Y"}]}, "date_format must be one of"),
        ({"rewrites": {"subject": {"(": "b"}}}, "is not a regular expression"),
        ({"colums": {}}, "Extra inputs are not permitted"),
    ],
)
def test_an_incomplete_layout_is_refused(change: dict[str, object], message: str) -> None:
    VendorLayout.model_validate(BASE)
    with pytest.raises(ValueError, match=message):
        VendorLayout.model_validate({**BASE, **change})


def test_a_broken_layout_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken.yml").write_text("title: [")
    monkeypatch.setattr(vendor_layout, "LAYOUTS_DIR", tmp_path)
    with pytest.raises(SourceFormatError, match=r"layouts/broken\.yml is not a valid layout"):
        vendor_layout.vendor_layouts.__wrapped__()
