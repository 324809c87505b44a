"""Courses and exams at the level of college, dropping out, and graduates' first years in college."""

import pandas as pd

from tests.end_to_end.source_recount.delivered import Delivered, dates
from tests.end_to_end.source_recount.enrollment import STUDENT_YEAR, are_among, students

HIGH_SCHOOL = ["09", "10", "11", "12"]
LOWEST_PASSING_SCORE = 3
C_MINUS = 1.7
EXITS = {
    "GRAD": "regular_diploma",
    "CERT": "other_completion",
    "TRANSFER": "documented_transfer",
    "EMIGRATED": "emigrated",
    "DROPOUT": "dropout",
}
EXPLAINING = {"regular_diploma", "other_completion", "documented_transfer", "emigrated"}


def cohort_list(delivered: Delivered) -> pd.DataFrame:
    """High school students: student, school, year of entry to grade 9, exit, its day, and the class left with."""
    rows = delivered.rows("graduation/graduation_cohorts.csv")
    left = dates(rows["exit_date"])
    assert set(rows["exit_code"].dropna()) <= EXITS.keys(), "the sample district has no other exits"
    assert (rows["exit_code"].isna() == left.isna()).all(), "the sample district dates its exits"
    assert not rows["student_id"].duplicated().any(), "the quarantine keeps second records of a student"
    return pd.DataFrame(
        {
            "student": rows["student_id"],
            "school": rows["school_id"],
            "grade9_year": rows["grade9_school_year"].astype(int),
            "exit": rows["exit_code"].map(EXITS),
            "left": left,
            # The summer up to August belongs to the class before it.
            "class_year": left.dt.year + (left.dt.month >= 9),
        }
    )


def exam_scores(delivered: Delivered) -> pd.DataFrame:
    """Scores of AP exams of the roster's students: student, school_year, score. The file names no school."""
    rows = delivered.rows("assessment/ap_scores_*.csv").dropna(subset="Exam Grade 01")
    rows = rows[rows["Student Identifier"].isin(students(delivered)["student"])]
    return pd.DataFrame(
        {
            "student": rows["Student Identifier"],
            "school_year": 2000 + rows["Admin Year 01"].astype(int),
            "score": rows["Exam Grade 01"].astype(int),
        }
    )


def courses_and_exams(rows: pd.DataFrame, marks: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """What high school students take anywhere in the district."""
    enrolled = rows["is_enrolled"] == 1
    high = enrolled & rows["grade_level"].isin(HIGH_SCHOOL)
    marked = high & are_among(rows, marks)
    flags = {}
    for name, took, is_one in (
        ("ap_participation", "has_ap_course", marks["is_ap"]),
        ("dual_enrollment", "is_dual_enrolled", marks["is_dual_enrollment"]),
    ):
        of_program = marks[is_one]
        # Where nobody has a mark in such a course, nobody knows which courses are such.
        known = rows["school_year"].isin(of_program["school_year"])
        flags[f"is_{name}_eligible"] = marked & known
        flags[took] = marked & are_among(rows, of_program)
        flags[f"is_{name}_unknown"] = high & ~(marked & known)
    passed = marks[marks["is_dual_enrollment"] & (marks["points"] >= C_MINUS)]
    flags["has_dual_enrollment_success"] = marked & are_among(rows, passed)
    flags["is_ap_tested"] = enrolled & are_among(rows, scores)
    flags["has_ap_success"] = enrolled & are_among(rows, scores[scores["score"] >= LOWEST_PASSING_SCORE])
    flags["is_ap_success_unknown"] = high & ~rows["school_year"].isin(scores["school_year"])
    return pd.DataFrame(flags).astype(int)


def dropouts(rows: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    """High school students of a census day who are gone on the next one, and whom no exit before it explains."""
    there = rows[(rows["scope"] == "district") & (rows["is_enrolled_on_census"] == 1)]
    high = (rows["is_enrolled_on_census"] == 1) & rows["grade_level"].isin(HIGH_SCHOOL)
    back = are_among(rows, there.assign(school_year=there["school_year"] - 1))
    next_october = pd.to_datetime({"year": rows["school_year"], "month": 10, "day": 1})
    exits = listed[listed["exit"].isin(EXPLAINING)].set_index("student")["left"]
    explained = rows["student"].map(exits) < next_october
    # Years of dropping out run from census day to census day.
    years_with_exits = listed["left"].dt.year + (listed["left"].dt.month >= 10)
    known = rows["school_year"].isin(there["school_year"] - 1) & rows["school_year"].isin(years_with_exits)
    flags = {
        "is_dropout_eligible": high & known,
        "is_dropout": high & known & ~back & ~explained,
        "is_dropout_unknown": high & ~known,
    }
    return pd.DataFrame(flags).astype(int)


def graduates_in_college(rows: pd.DataFrame, listed: pd.DataFrame, delivered: Delivered) -> pd.DataFrame:
    """Graduates of the year, at the last high school, who were found in a term of a fall, 15 August to 31 October."""
    graduates = _graduates(listed, delivered).rename(columns={"class_year": "school_year"})
    of_district = graduates.assign(school="district")
    found = rows[[*STUDENT_YEAR, "school"]].merge(pd.concat([of_district, graduates]), how="left")
    flags = found.drop(columns=[*STUDENT_YEAR, "school"]).set_axis(rows.index)
    return flags.astype(object).where(flags.notna(), 0).astype(int)


def _graduates(listed: pd.DataFrame, delivered: Delivered) -> pd.DataFrame:
    columns = ["student", "school", "class_year"]
    graduates = listed.loc[listed["exit"] == "regular_diploma", columns].astype({"class_year": int})
    search = _search(delivered)
    searched = graduates["student"].map(search.groupby("student")["searched"].max())
    told_first = searched > _fall_ends(graduates["class_year"])
    told_second = searched > _fall_ends(graduates["class_year"] + 1)
    terms = search.merge(graduates, on="student")
    first, second = terms["class_year"], terms["class_year"] + 1

    def found_in(begins: pd.Series, ends: pd.Series) -> pd.Series:
        touching = (terms["begin"] <= ends) & (terms["end"] >= begins)
        return graduates["student"].isin(terms.loc[touching, "student"])

    started = told_second & found_in(_fall_begins(first), _fall_begins(second) - pd.Timedelta(days=1))
    flags = {
        "is_first_fall_known": told_first,
        "is_in_college_first_fall": told_first & found_in(_fall_begins(first), _fall_ends(first)),
        "is_first_fall_unknown": ~told_first,
        "is_second_fall_known": started,
        "is_in_college_second_fall": started & found_in(_fall_begins(second), _fall_ends(second)),
        "is_second_fall_unknown": ~told_second,
    }
    return graduates.assign(**flags)


def _search(delivered: Delivered) -> pd.DataFrame:
    """What the search for former students found; begin and end are missing where it found no term."""
    rows = delivered.rows("postsecondary/postsecondary_detail.csv")
    found = {"searched": "Search Date", "begin": "Enrollment Begin", "end": "Enrollment End"}
    search = pd.DataFrame({name: pd.to_datetime(rows[column], format="%Y%m%d") for name, column in found.items()})
    # The file marks the end of each number.
    return search.assign(student=rows["Your Unique Identifier"].str.removesuffix("_"))


def _fall_begins(years: pd.Series) -> pd.Series:
    return pd.to_datetime({"year": years, "month": 8, "day": 15})


def _fall_ends(years: pd.Series) -> pd.Series:
    return pd.to_datetime({"year": years, "month": 10, "day": 31})
