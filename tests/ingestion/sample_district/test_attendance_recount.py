"""Membership, attendance and stability in truth.json, held against a day-by-day recount of the delivered files."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ingestion.sample_district.generate import generate_sample_district
from ingestion.sample_district.statuses import DISABILITIES

YEARS = (2025, 2026)
FRACTION = {"": 1.0, "0.25": 0.25, "0.5": 0.5, "1": 1.0}
GRADES = ["PK", "KG", *(f"{grade:02d}" for grade in range(1, 13))]

Figure = tuple[float, float | None]


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("recount") / "delivered"
    generate_sample_district(target, students=500, schools=5, years=2, seed=7, dirty_rate=0)
    return target


def read(target: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(target / name, dtype=str, keep_default_na=False)


def school_year(dates: "pd.Series[Any]") -> "pd.Series[Any]":
    years: pd.Series[Any] = dates.dt.year + (dates.dt.month >= 7)
    return years


@pytest.fixture(scope="module")
def spells(delivered: Path) -> pd.DataFrame:
    """One row per homeroom enrolment: student, school, year, grade, begin, end (exclusive)."""
    classes = read(delivered, "oneroster/classes.csv").query("classType == 'homeroom'")
    seats = read(delivered, "oneroster/enrollments.csv").query("role == 'student'")
    frame = seats.merge(classes[["sourcedId", "grades"]], left_on="classSourcedId", right_on="sourcedId")
    users = read(delivered, "oneroster/users.csv").set_index("sourcedId")["identifier"]
    orgs = read(delivered, "oneroster/orgs.csv").set_index("sourcedId")["identifier"]
    begin = pd.to_datetime(frame["beginDate"])
    return pd.DataFrame(
        {
            "student": frame["userSourcedId"].map(users),
            "school": frame["schoolSourcedId"].map(orgs),
            "year": school_year(begin),
            "grade": frame["grades"].map(GRADES.index),
            "begin": begin,
            "end": pd.to_datetime(frame["endDate"]),
        }
    )


@pytest.fixture(scope="module")
def days(delivered: Path, spells: pd.DataFrame) -> pd.DataFrame:
    """One row per membership day of a spell, with the part of the day missed."""
    events = pd.concat([read(delivered, f"sis/attendance_{year}.csv").assign(year=year) for year in YEARS])
    events["date"] = pd.to_datetime(events["attendance_date"])
    events["missed"] = (
        events["day_fraction"].map(FRACTION).where(events["attendance_code"].isin(["EXC", "UNX", "OSS"]), 0.0)
    )
    events = events.rename(columns={"student_id": "student", "school_id": "school"})
    calendar = read(delivered, "sis/calendar.csv").query("day_type in ['instructional', 'make_up']")
    open_days = pd.DataFrame({"school": calendar["school_id"], "date": pd.to_datetime(calendar["calendar_date"])})
    open_days["year"] = school_year(open_days["date"])
    latest = events.groupby(["school", "year"])["date"].max().rename("latest")
    open_days = open_days.join(latest, on=["school", "year"])
    open_days = open_days[open_days["date"] <= open_days["latest"]]
    inside = spells.merge(open_days, on=["school", "year"])
    inside = inside[(inside["date"] >= inside["begin"]) & (inside["date"] < inside["end"])]
    keys = ["student", "school", "date"]
    return inside.merge(events[[*keys, "missed"]], on=keys, how="left").fillna({"missed": 0.0})


def student_years(days: pd.DataFrame, spells: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Membership and absence per student and year (and school), with the grade of the latest spell."""
    one_a_date = days.sort_values("begin").drop_duplicates([*keys, "date"], keep="last")
    grouped = one_a_date.assign(half=one_a_date["missed"] >= 0.5).groupby(keys)
    table = grouped.agg(members=("date", "size"), missed=("missed", "sum"), half=("half", "sum"))
    latest = spells.sort_values("begin").groupby(keys)["grade"].last()
    return latest.to_frame().join(table).fillna({"members": 0, "missed": 0, "half": 0}).reset_index()


def expected(delivered: Path, metric: str, scope: str, dimension: str | None) -> dict[tuple[int, str | None], Figure]:
    rows = json.loads((delivered / "truth.json").read_text())["expected"]
    return {
        (row["school_year"], row["member"]): (row["numerator"], row["denominator"])
        for row in rows
        if (row["metric"], row["scope"], row["dimension"]) == (metric, scope, dimension)
    }


def recounted(table: pd.DataFrame, metric: str) -> Figure:
    chronic = table["half"] * 10 >= table["members"]
    kindergarten = GRADES.index("KG")
    match metric:
        case "attendance_rate":
            return float(table["members"].sum() - table["missed"].sum()), int(table["members"].sum())
        case "chronic_absence_rate":
            counted = (table["grade"] >= kindergarten) & (table["members"] >= 10)
        case _:
            in_grades = table["grade"].between(kindergarten, GRADES.index("08"))
            counted = in_grades & (table["members"] > 30)
    return int((counted & chronic).sum()), int(counted.sum())


METRICS = ("attendance_rate", "chronic_absence_rate", "chronic_absence_rate_ca_dashboard")


@pytest.mark.parametrize("metric", METRICS)
def test_attendance_of_the_district_counts_each_student_and_date_once(
    delivered: Path, days: pd.DataFrame, spells: pd.DataFrame, metric: str
) -> None:
    table = student_years(days, spells, ["student", "year"])
    found = {(year, None): recounted(table[table["year"] == year], metric) for year in YEARS}
    assert found == expected(delivered, metric, "district", None)
    shared = days.duplicated(["student", "date"]).sum()
    assert shared > 0, "the sample has dates in two schools, so that counting them once makes a difference"


@pytest.mark.parametrize("metric", METRICS)
def test_attendance_of_schools_counts_the_days_at_each(
    delivered: Path, days: pd.DataFrame, spells: pd.DataFrame, metric: str
) -> None:
    table = student_years(days, spells, ["student", "year", "school"])
    found = {
        (year, school): recounted(rows, metric)
        for (year, school), rows in table.groupby(["year", "school"])
        if recounted(rows, metric)[1]
    }
    assert found == expected(delivered, metric, "school", "school")


@pytest.mark.parametrize(
    ("dimension", "status_type", "codes"),
    [
        ("english_learner", "EL", {"EL"}),
        ("disability", "IEP", {"IEP", *DISABILITIES}),
        ("economic_disadvantage", "MEAL", {"FREE", "REDUCED"}),
        ("homeless", "HOMELESS", {"DOUBLED_UP", "SHELTER", "HOTEL", "UNSHELTERED"}),
    ],
)
def test_chronic_absence_by_status_is_that_of_students_ever_in_it(
    delivered: Path, days: pd.DataFrame, spells: pd.DataFrame, dimension: str, status_type: str, codes: set[str]
) -> None:
    table = student_years(days, spells, ["student", "year"])
    statuses = read(delivered, "sis/statuses.csv")
    statuses = statuses[(statuses["status_type"] == status_type) & statuses["status_code"].isin(codes)]
    found: dict[tuple[int, str | None], Figure] = {}
    for year in YEARS:
        ended = statuses["end_date"].replace("", "9999-12-31")
        touching = (statuses["begin_date"] <= f"{year}-06-30") & (ended >= f"{year - 1}-07-01")
        in_group = table["student"].isin(set(statuses.loc[touching, "student_id"]))
        for member, rows in (("yes", in_group), ("no", ~in_group)):
            found[year, member] = recounted(table[(table["year"] == year) & rows], "chronic_absence_rate")
    assert found == expected(delivered, "chronic_absence_rate", "district", dimension)


def test_census_and_stability_follow_from_the_dates_of_the_spells(delivered: Path, spells: pd.DataFrame) -> None:
    calendar = read(delivered, "sis/calendar.csv").query("day_type in ['instructional', 'make_up']")
    closes = pd.to_datetime(calendar["calendar_date"]).groupby([calendar["school_id"], calendar["school_year"]]).max()
    on_census: dict[tuple[int, str | None], Figure] = {}
    stability: dict[tuple[int, str | None], Figure] = {}
    for year in YEARS:
        october = pd.Timestamp(year - 1, 10, 1)
        present, eligible, stable = 0, 0, 0
        for _, own in spells[spells["year"] == year].sort_values("begin").groupby("student"):
            counted = bool(((own["begin"] <= october) & (own["end"] > october)).any())
            last_day = closes[own["school"].iloc[-1], str(year)] + pd.Timedelta(days=1)
            begins, ends = [*own["begin"], last_day], list(own["end"].cummax())
            gaps = [later - end for later, end in zip(begins[1:], ends, strict=True) if later > october]
            stays = counted and max(gaps) <= pd.Timedelta(days=10)
            present += counted
            if own["grade"].iloc[-1] >= GRADES.index("KG"):
                eligible += 1
                stable += stays
        on_census[year, None] = (present, None)
        stability[year, None] = (stable, eligible)
    assert on_census == expected(delivered, "enrollment_census", "district", None)
    assert stability == expected(delivered, "stability_rate", "district", None)


def test_about_one_student_in_five_is_chronically_absent_by_design(tmp_path: Path) -> None:
    generate_sample_district(tmp_path / "delivered", students=3000, schools=6, years=1)
    numerator, denominator = expected(tmp_path / "delivered", "chronic_absence_rate", "district", None)[2026, None]
    assert denominator is not None
    assert 0.16 < numerator / denominator < 0.24
