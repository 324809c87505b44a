"""The feeds beside the roster: what truth.json counts is what the files hold, and references lead somewhere."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ingestion.sample_district import layouts
from ingestion.sample_district.generate import generate_sample_district

YEARS = (2024, 2025, 2026)


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("feeds") / "delivered"
    generate_sample_district(target, students=900, schools=5, years=len(YEARS), dirty_rate=0)
    return target


@pytest.fixture(scope="module")
def expected(district: Path) -> dict[tuple[str, str, int | None], float]:
    counts = json.loads((district / "truth.json").read_text())["expected_counts"]
    return {(count["feed"], count["measure"], count["school_year"]): count["value"] for count in counts}


def read(district: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(district / name, dtype=str, keep_default_na=False)


def spring_year(dates: pd.Series) -> pd.Series:
    parsed = pd.to_datetime(dates)
    return parsed.dt.year + (parsed.dt.month >= 7)


@pytest.mark.parametrize("year", YEARS)
def test_counts_of_a_year_equal_a_recount_of_the_files(
    district: Path, expected: dict[tuple[str, str, int | None], float], year: int
) -> None:
    programs = read(district, layouts.PROGRAMS).query(f"school_year == '{year}'")
    length = pd.to_datetime(programs["end_date"]) - pd.to_datetime(programs["begin_date"])
    assert expected["program_participations", "participations", year] == len(programs)
    assert expected["program_participations", "students", year] == programs["student_id"].nunique()
    assert expected["program_participations", "sessions", year] == programs["sessions_attended"].astype(int).sum()
    assert expected["program_participations", "days", year] == (length.dt.days + 1).sum()

    survey = read(district, layouts.SURVEY.format(year=year))
    answers = survey.filter(like="q_")
    assert expected["survey_responses", "responses", year] == len(survey)
    assert expected["survey_responses", "answers", year] == (answers != "").to_numpy().sum()
    assert expected["survey_responses", "favourable_answers", year] == answers.isin(["4", "5"]).to_numpy().sum()

    assignments = read(district, layouts.ASSIGNMENTS).query(f"school_year == '{year}'")
    assert expected["staff_assignments", "assignments", year] == len(assignments)
    assert expected["staff_assignments", "fte", year] == assignments["fte"].astype(float).sum()

    training = read(district, layouts.TRAINING)
    training = training[spring_year(training["enrolled_on"]) == year]
    done = training[training["status"] == "completed"]
    assert expected["training_records", "records", year] == len(training)
    assert expected["training_records", "completed", year] == len(done)
    assert expected["training_records", "hours_completed", year] == done["hours"].astype(float).sum()


def test_counts_without_a_year_equal_a_recount_of_the_files(
    district: Path, expected: dict[tuple[str, str, int | None], float]
) -> None:
    assert expected["staff_members", "staff", None] == len(read(district, layouts.STAFF))
    for measure, layout in (
        ("goals", layouts.PLAN_GOALS),
        ("measures", layouts.PLAN_MEASURES),
        ("targets", layouts.PLAN_TARGETS),
        ("reviews", layouts.PLAN_REVIEWS),
    ):
        assert expected["plan", measure, None] == len(read(district, layout)) > 0
    detail = read(district, layouts.POSTSECONDARY)
    found = detail[detail["Record Found Y/N"] == "Y"]
    people = "Your Unique Identifier"
    assert expected["postsecondary_enrollments", "students", None] == detail[people].nunique()
    assert expected["postsecondary_enrollments", "students_found", None] == found[people].nunique()
    assert expected["postsecondary_enrollments", "terms", None] == (detail["Enrollment Begin"] != "").sum()
    assert expected["postsecondary_enrollments", "degrees", None] == (found["Graduated?"] == "Y").sum()


def test_only_those_who_finished_grade_12_are_searched_for_and_none_of_them_is_enrolled_again(district: Path) -> None:
    detail, users = read(district, layouts.POSTSECONDARY), read(district, layouts.USERS)
    people = detail["Your Unique Identifier"].str.removesuffix("_")
    grades = people.map(dict(zip(users["identifier"], users["grades"], strict=True)))
    assert set(grades) == {"12"}
    last_year = read(district, layouts.ATTENDANCE.format(year=YEARS[-1]))["student_id"]
    assert set(people).isdisjoint(last_year)


def test_postsecondary_records_are_whole(district: Path) -> None:
    detail = read(district, layouts.POSTSECONDARY)
    not_found = detail[detail["Record Found Y/N"] == "N"]
    assert (not_found[["College Name", "Enrollment Begin", "Graduated?", "Degree Title"]] == "").all(axis=None)
    terms = detail[detail["Enrollment Begin"] != ""]
    assert (terms["Enrollment Begin"] < terms["Enrollment End"]).all()
    assert (terms["Enrollment Begin"] <= terms["Search Date"]).all()
    assert not terms.duplicated(["Your Unique Identifier", "Enrollment Begin"]).any()
    assert set(terms["2-year / 4-year"]) == {"2-year", "4-year"}
    degrees = detail[detail["Graduated?"] == "Y"]
    assert len(degrees) > 0
    assert (degrees["Graduation Date"] <= degrees["Search Date"]).all()
    both = set(not_found["Your Unique Identifier"]) & set(terms["Your Unique Identifier"])
    assert both == set()


def test_the_plan_hangs_together(district: Path) -> None:
    goals, measures = read(district, layouts.PLAN_GOALS), read(district, layouts.PLAN_MEASURES)
    targets, reviews = read(district, layouts.PLAN_TARGETS), read(district, layouts.PLAN_REVIEWS)
    assert set(measures["goal_id"]) == set(goals["goal_id"]) == set(reviews["goal_id"])
    assert set(targets["measure_id"]) <= set(measures["measure_id"])
    assert targets["school_year"].between(goals["begin_year"].min(), goals["end_year"].max()).all()
    assert not targets.duplicated(["measure_id", "school_year"]).any()
    assert reviews["review_id"].is_unique
    assert set(pd.to_datetime(reviews["meeting_date"]).dt.dayofweek) == {1}
    assert (measures["baseline_value"] != "").all()


def test_a_district_of_one_year_has_no_former_students_and_sends_no_file(tmp_path: Path) -> None:
    generate_sample_district(tmp_path / "delivered", students=100, schools=3, years=1)
    assert list((tmp_path / "delivered" / "postsecondary").iterdir()) == []
