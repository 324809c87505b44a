"""A district that nobody here made up: what it lacks stays unknown, what it has equals a plain recount."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.end_to_end.stocktake import ROOT, Stocktake

SHARED = ROOT.parent / "shared" / "data"
CONTOSO = SHARED / "oea_contoso_sis"
SIS = CONTOSO / "Student_and_School_Data_Systems" / "test_data"

pytestmark = pytest.mark.skipif(
    not CONTOSO.is_dir(), reason="the Open Education Analytics test data are not beside this checkout"
)


@pytest.fixture(scope="module")
def contoso(tmp_path_factory: pytest.TempPathFactory) -> Stocktake:
    district = Stocktake(
        tmp_path_factory.mktemp("contoso"),
        {
            "STOCKTAKE_DISTRICT_FILE": str(Path(__file__).with_name("oea_contoso.yml")),
            "STOCKTAKE_DELIVERIES_DIR": str(SHARED),
        },
    )
    district.run()
    return district


def recount() -> pd.DataFrame:
    """Days recorded and absent by student and school year; a day of periods counts by its share missed."""
    records = pd.concat(pd.read_csv(SIS / batch / "studentattendance.csv", dtype=str) for batch in ("batch1", "batch2"))
    dates = pd.to_datetime(records["attendance_date"], format="mixed")
    records["school_year"] = dates.dt.year + (dates.dt.month >= 7)
    records["date"] = dates.dt.date
    records["absent"] = (records["AttendanceCode"] != "P").astype(float)
    days = records.groupby(["student_id", "school_year", "date"], as_index=False)["absent"].mean()
    return days.groupby(["student_id", "school_year"], as_index=False).agg(
        days=("absent", "size"), absent=("absent", "sum")
    )


def test_attendance_rates_equal_a_plain_recount(contoso: Stocktake) -> None:
    answer = contoso.get("/v1/query?metrics=attendance_rate&school_year=all")
    found = {row["school_year"]: (row["numerator"], row["denominator"]) for row in answer["data"]}
    expected = {
        int(year): (float((rows["days"] - rows["absent"]).sum()), float(rows["days"].sum()))
        for year, rows in recount().groupby("school_year")
    }
    assert set(found) == set(expected)
    for year, (attended, days) in expected.items():
        assert found[year] == pytest.approx((attended, days), abs=1e-3)


def test_attendance_by_school_equals_a_plain_recount(contoso: Stocktake) -> None:
    records = pd.read_csv(SIS / "batch1" / "studentattendance.csv", dtype=str)
    expected = records.groupby("school_id")["AttendanceCode"].agg(
        days="size", present=lambda codes: (codes == "P").sum()
    )
    answer = contoso.get("/v1/query?metrics=attendance_rate&group_by=school&school_year=2022")
    found = {row["school"]: (row["numerator"], row["denominator"]) for row in answer["data"]}
    assert found == {
        school: (pytest.approx(float(row["present"])), pytest.approx(float(row["days"])))
        for school, row in expected.iterrows()
    }


def test_chronic_absence_equals_a_plain_recount(contoso: Stocktake) -> None:
    students = recount()
    eligible = students[(students["school_year"] == 2022) & (students["days"] >= 10)]
    chronic = eligible[eligible["absent"] * 10 >= eligible["days"]]
    (row,) = contoso.get("/v1/query?metrics=chronic_absence_rate&school_year=2022")["data"]
    assert (row["numerator"], row["denominator"]) == (len(chronic), len(eligible))


def test_what_the_district_lacks_is_unknown(contoso: Stocktake) -> None:
    metrics = "enrollment,oss_rate,proficiency_rate_ela,participation_rate_math,stability_rate"
    rows: list[dict[str, Any]] = contoso.get(f"/v1/query?metrics={metrics}&school_year=2022")["data"]
    for row in rows:
        assert row["value_state"] == "no_data" or row["value"] is None, row
    assert next(row for row in rows if row["metric"] == "enrollment")["n_unknown"] == 600
    for dimension in ("race_ethnicity", "english_learner", "homeless", "grade_level"):
        answer = contoso.get(f"/v1/query?metrics=attendance_rate&group_by={dimension}&school_year=2022")
        assert [row[dimension] for row in answer["data"]] == ["unknown"]


def student_ids() -> dict[str, list[str]]:
    """Each source's student ids, one per landed row."""

    def read(name: str, column: str, key: str) -> list[str]:
        batches = [pd.read_csv(SIS / batch / f"{name}.csv", dtype=str) for batch in ("batch1", "batch2")]
        return pd.concat(batches).drop_duplicates(key, keep="last")[column].tolist()

    diagnostics = [pd.read_csv(path, dtype=str) for path in CONTOSO.glob("iReady/test_data/test_data/diag*/*.csv")]
    return {
        "sis_files__attendance": read("studentattendance", "student_id", "id"),
        "sis_files__student_attributes": read("studentdemographics", "SIS ID", "SIS ID"),
        "sis_files__marks": read("studentsectionmark", "student_id", "id"),
        "assessment_files__results": pd.concat(diagnostics)["Student ID"].tolist(),
    }


def test_rows_that_name_nobody_known_are_counted(contoso: Stocktake) -> None:
    """Without a roster, a student is known when another source names the same id."""
    counted = {
        table: (total, unmatched)
        for table, total, unmatched in contoso.warehouse(
            "select source_table, rows_total, rows_unmatched from marts.mart_source_match "
            "where match_to = 'student' and rows_total > 0"
        )
    }
    named = student_ids()
    quarantined = dict(
        contoso.warehouse(
            "select source_table, count(distinct row_id) from quarantine.rejected_rows group by source_table"
        )
    )
    for table, ids in named.items():
        others = {student for other, theirs in named.items() if other != table for student in theirs}
        unmatched = sum(student not in others for student in ids)
        rejected = quarantined.get(table, 0)
        assert counted[table][0] == len(ids) - rejected
        assert unmatched - rejected <= counted[table][1] <= unmatched
    assert counted["sis_files__attendance"] == (12_020, 12_000)


def test_later_batches_update_the_rows_of_earlier_ones(contoso: Stocktake) -> None:
    marks = pd.concat(
        pd.read_csv(SIS / batch / "studentsectionmark.csv", dtype=str) for batch in ("batch1", "batch2")
    ).drop_duplicates("id", keep="last")
    landed = dict(contoso.warehouse("select mark_id, numeric_mark from raw.sis_files__marks"))
    assert landed == dict(zip(marks["id"], marks["numeric_grade_earned"], strict=True))
