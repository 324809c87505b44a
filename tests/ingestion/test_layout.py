"""Layouts: headers are mapped, and every difference is noticed."""

from datetime import UTC, date, datetime

import pytest

from ingestion.csv_reader import read_csv
from ingestion.district import Delivery
from ingestion.errors import SourceFormatError
from ingestion.layout import RawRows, apply_layout, raw_schema
from ingestion.mapping import load_system

ATTENDANCE = load_system("sis_files").entities["attendance"]
HEADER = "attendance_id,student_id,school_id,attendance_date,attendance_code,day_fraction"


def apply(text: str, delivery: Delivery | None = None) -> RawRows:
    return apply_layout(
        read_csv(text.encode(), "attendance_2026.csv"),
        ATTENDANCE,
        delivery or Delivery(files=("attendance_*.csv",)),
        source_file="attendance_2026.csv",
        delivered_on=date(2026, 6, 5),
        loaded_at=datetime(2026, 6, 6, 4, tzinfo=UTC),
    )


def test_rows_have_the_raw_schema_and_point_to_their_line() -> None:
    rows = apply(f"{HEADER}\n1,s1,0101,2025-09-02,UNX,0.5\n2,s2,0101,2025-09-03,EXC,\n")

    assert rows.table.schema == raw_schema(ATTENDANCE)
    assert rows.drift == ()
    second = rows.table.to_pylist()[1]
    assert second["attendance_code"] == "EXC"
    assert second["day_fraction"] is None
    assert second["record_basis"] == "exceptions"
    assert second["_row_id"] == "attendance_2026.csv#3"
    assert second["_delivered_on"] == date(2026, 6, 5)
    assert second["_loaded_at"] == datetime(2026, 6, 6, 4, tzinfo=UTC)


def test_a_new_column_is_noticed_and_not_loaded() -> None:
    rows = apply(f"{HEADER},bus\n1,s1,0101,2025-09-02,UNX,1,12\n")
    assert [(d.column_name, d.kind) for d in rows.drift] == [("bus", "new_column")]
    assert "bus" not in rows.table.column_names


def test_a_missing_required_column_names_the_file_the_column_and_the_remedy() -> None:
    with pytest.raises(SourceFormatError) as raised:
        apply("attendance_id,student_id,school_id,date_of_attendance,attendance_code\n1,s1,0101,2025-09-02,UNX\n")
    message = str(raised.value)
    assert "attendance_2026.csv" in message
    assert "attendance_date" in message
    assert "date_of_attendance" in message
    assert "district file" in message


def test_a_retyped_column_is_noticed_and_single_bad_values_are_not() -> None:
    good = "\n".join(f"{i},s{i},0101,2025-09-02,UNX,1" for i in range(9))
    retyped = "\n".join(f"{i},s{i},0101,day {i},UNX,1" for i in range(9))
    one_bad = f"{HEADER}\n{good}\n9,s9,0101,not a date,UNX,1\n"

    assert apply(one_bad).drift == ()
    (drift,) = apply(f"{HEADER}\n{retyped}\n").drift
    assert (drift.column_name, drift.kind) == ("attendance_date", "retyped")
    assert "9 of 9" in drift.detail


def test_a_district_layout_renames_sets_constants_and_leaves_out() -> None:
    delivery = Delivery(
        files=("*.csv",),
        columns={"attendance_id": "id", "attendance_code": "AttendanceCode"},
        constants={"record_basis": "every_day"},
        excluded={"*": "not needed"},
    )
    rows = apply("id,student_id,school_id,attendance_date,AttendanceCode,all_day\n1,s1,x,1/3/2022,P,Yes\n", delivery)
    (row,) = rows.table.to_pylist()
    assert (row["attendance_id"], row["attendance_code"], row["record_basis"]) == ("1", "P", "every_day")
    assert rows.drift == ()


def test_headers_match_in_any_case() -> None:
    rows = apply(f"{HEADER.upper()}\n1,s1,0101,2025-09-02,UNX,1\n")
    assert rows.table.column("student_id").to_pylist() == ["s1"]


def test_declared_dates_become_iso_and_what_is_no_such_date_stays_as_delivered() -> None:
    delivery = Delivery.model_validate(
        {
            "files": ["*.csv"],
            "constants": {"record_basis": "exceptions"},
            "format": {"date_format": ["%d/%m/%Y", "%d-%b-%y"]},
        }
    )
    dates = ["02/09/2025", "3-Sep-25", "30/02/2026", "", "soon", "05/01/2026"]
    lines = "\n".join(f"{n},s,0101,{value},UNX,1" for n, value in enumerate(dates))
    rows = apply(f"{HEADER}\n{lines}\n", delivery)
    assert rows.table.column("attendance_date").to_pylist() == [
        "2025-09-02",
        "2025-09-03",
        "30/02/2026",
        None,
        "soon",
        "2026-01-05",
    ]
    assert [(d.column_name, d.kind) for d in rows.drift] == [("attendance_date", "date_format")]
    assert "2 values" in rows.drift[0].detail


def test_a_record_in_place_of_the_headers_is_not_shown() -> None:
    with pytest.raises(SourceFormatError) as raised:
        apply("1,Quigley-Sample,0101,2025-09-02,UNX,1\n2,Other,0101,2025-09-02,UNX,1\n")
    assert "Quigley" not in str(raised.value)
    assert "header line" in str(raised.value)


def test_a_column_that_is_retyped_late_in_a_long_file_is_noticed() -> None:
    lines = "\n".join(f"{n},s,0101,{'day' if n > 40_000 else '2025-09-02'},UNX,1" for n in range(120_000))
    (drift,) = apply(f"{HEADER}\n{lines}\n").drift
    assert (drift.column_name, drift.kind) == ("attendance_date", "retyped")


def test_rows_without_any_of_the_required_values_are_counted_and_passed_over() -> None:
    delivery = Delivery(
        columns={"attendance_code": "attendance_code", "day_fraction": "day_fraction"},
        constants={"record_basis": "exceptions"},
        part="p",
        required_values=("attendance_code", "day_fraction"),
        empty_values=("N/A",),
    )
    rows = apply(
        f"{HEADER}\n1,s1,0101,2025-09-02,UNX,\n2,s2,0101,2025-09-03,n/a, \n3,s3,0101,2025-09-03,,1\n", delivery
    )
    assert rows.table.column("_source_row").to_pylist() == [2, 4]
    assert rows.table.column("attendance_code").to_pylist() == ["UNX", None]
    assert rows.passed_over == 1


def test_the_first_expression_that_fits_rewrites_a_value_and_others_stay() -> None:
    delivery = Delivery(rewrites={"attendance_code": {r"^U(.*)$": r"\1U", "^NX.*$": "never", "^gone$": ""}})
    rows = apply(
        f"{HEADER}\n1,s1,0101,2025-09-02,UNX,\n2,s2,0101,2025-09-03, EXC ,\n3,s3,0101,2025-09-04,gone,\n", delivery
    )
    assert rows.table.column("attendance_code").to_pylist() == ["NXU", " EXC ", None]


def test_a_required_column_may_be_absent_where_the_delivery_says_why() -> None:
    text = HEADER.replace("school_id,", "") + "\n1,s1,2025-09-02,UNX,0.5\n"
    with pytest.raises(SourceFormatError, match="lacks school_id"):
        apply(text)
    rows = apply(text, Delivery(absent={"school_id": "the file has names of schools only"}))
    assert rows.table.column("school_id").to_pylist() == [None]
    assert rows.drift == ()


def test_a_mapped_column_that_is_gone_is_noticed() -> None:
    rows = apply(
        f"{HEADER}\n1,s1,0101,2025-09-02,UNX,0.5\n",
        Delivery(columns={"period": "Period"}, constants={"record_basis": "exceptions"}),
    )
    assert [(drift.column_name, drift.kind) for drift in rows.drift] == [("Period", "missing_column")]


def test_of_two_headers_that_differ_in_case_the_one_asked_for_is_read() -> None:
    header = HEADER.replace("day_fraction", "Day_Fraction,day_fraction")
    rows = apply(f"{header}\n1,s1,0101,2025-09-02,UNX,0.1,0.5\n", Delivery(excluded={"Day_Fraction": "doubles"}))
    assert rows.table.column("day_fraction").to_pylist() == ["0.5"]
