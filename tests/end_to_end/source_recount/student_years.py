"""Students' years at both scopes, put together from what the other modules count."""

import pandas as pd

from tests.end_to_end.source_recount import (
    attendance,
    college,
    enrollment,
    growth,
    history,
    lenses,
    outcomes,
    special_populations,
    statuses,
)
from tests.end_to_end.source_recount.delivered import Delivered

SCALES = {
    "absent_days": 4,
    "attended_days": 4,
    "average_membership": attendance.TRILLION,
    "average_attendance": attendance.TRILLION,
    "gpa": 10**8,
}
"""Measures that are counted in parts, and how many parts make one."""

TEXTS = ["student", "school", "scope", "grade_level", "mobility_status", "place"]


def observed(delivered: Delivered) -> pd.DataFrame:
    """Where and when an enrolment, an attendance record or a valid score is known: student, school, school_year."""
    known = (
        enrollment.spells(delivered),
        attendance.records(delivered),
        outcomes.results(delivered),
        special_populations.english_levels(delivered),
        college.exam_scores(delivered),
    )
    return pd.concat([frame.reindex(columns=["student", "school", "school_year"]) for frame in known]).drop_duplicates()


def student_years(delivered: Delivered) -> pd.DataFrame:
    """One row per student and year in scope `district`, and per school in scope `school`: lenses and measures."""
    stays = enrollment.spells(delivered)
    school_days = enrollment.calendar(delivered)
    sent = attendance.records(delivered)
    in_session = attendance.days_in_session(sent, school_days)
    days = attendance.student_days(stays, in_session, sent)
    scored = outcomes.results(delivered)
    grown = growth.percentiles(delivered)
    marks = outcomes.final_marks(delivered)
    seen = observed(delivered)
    scopes = []
    for scope, keys in (("district", enrollment.STUDENT_YEAR), ("school", ["student", "school_year", "school"])):
        rows = seen[keys].dropna().drop_duplicates().set_index(keys)
        rows = rows.join(enrollment.enrollment_measures(stays, school_days, keys))
        rows = rows.join(attendance.attendance_measures(days, in_session, keys))
        rows = rows.join(outcomes.discipline(delivered, keys)).join(outcomes.result_measures(scored, keys))
        rows = rows.join(growth.growth_measures(grown, keys))
        rows = rows.join(outcomes.mark_measures(marks, keys).add_prefix("here_"))
        rows = rows.reset_index()
        rows["place"] = rows["school"] if scope == "school" else rows["latest_school"]
        rows["school"] = rows["school"] if scope == "school" else "district"
        scopes.append(rows.drop(columns="latest_school").assign(scope=scope))
    both = pd.concat(scopes, ignore_index=True)
    both = both.merge(enrollment.stability(stays, school_days), how="left", on=enrollment.STUDENT_YEAR)
    both = both.merge(outcomes.progress(marks, stays), how="left", on=enrollment.STUDENT_YEAR)
    rows = growth.unknown_without_a_file(_finished(both, scored, outcomes.year_is_over(marks)), grown)
    return _in_college(_in_groups(rows, scored, delivered), marks, delivered)


def _in_groups(rows: pd.DataFrame, scored: pd.DataFrame, delivered: Delivered) -> pd.DataFrame:
    """With every lens, and with the measures of the groups that have measures of their own."""
    dated = statuses.statuses(delivered)
    of_years = statuses.by_year(dated, rows["school_year"])
    levels = special_populations.english_levels(delivered)
    census = special_populations.census_measures(rows, dated, of_years)
    of_schools = lenses.school_groups(delivered).assign(school_level=enrollment.school_levels(delivered))
    found = [
        rows[["place"]].join(of_schools, on="place").drop(columns="place").fillna("unknown"),
        rows[["student"]].join(lenses.demographics(delivered), on="student").drop(columns="student"),
        statuses.groups(of_years, rows),
        lenses.programs(delivered, rows),
        history.prior_lenses(rows, scored, outcomes.incidents(delivered)),
        census,
        special_populations.english_progress(rows, levels, census["is_el_on_census"]),
    ]
    return pd.concat([rows, *found], axis=1)


def _in_college(rows: pd.DataFrame, marks: pd.DataFrame, delivered: Delivered) -> pd.DataFrame:
    """With courses and exams at the level of college, and with what became of who left high school."""
    listed = college.cohort_list(delivered)
    found = [
        college.courses_and_exams(rows, marks, college.exam_scores(delivered)),
        college.dropouts(rows, listed),
        college.graduates_in_college(rows, listed, delivered),
    ]
    return pd.concat([rows, *found], axis=1)


def _finished(rows: pd.DataFrame, scored: pd.DataFrame, year_is_over: pd.Series) -> pd.DataFrame:
    """Nothing found is nothing counted: the sample district sends every feed in every year."""
    for text in ("grade_level", "mobility_status"):
        rows[text] = rows[text].fillna("unknown")
    numbers = rows.columns.difference(TEXTS)
    rows[numbers] = rows[numbers].astype(object).where(rows[numbers].notna(), 0).astype("int64")
    rows = attendance.judged(rows.copy())
    rows["is_mobility_unknown"] = rows["is_stability_unknown"] = rows["is_enrollment_unknown"] = 0
    for subject, name in (("ELA", "ela"), ("MATH", "math")):
        was_tested = enrollment.are_among(rows, scored[scored["subject"] == subject])
        rows[f"{name}_participated"] = rows[f"{name}_expected"] * was_tested
        rows[f"{name}_unknown"] = 0
        # Of the first year no gain can be told.
        rows[f"{name}_gain_unknown"] = rows[f"{name}_expected"].where(_is_first(rows), 0)
    rows["is_grade3_reading_unknown"] = 0
    return _courses(_discipline(rows.copy()), year_is_over)


def _is_first(rows: pd.DataFrame) -> pd.Series:
    first: pd.Series = rows["school_year"] == rows["school_year"].min()
    return first


def _discipline(rows: pd.DataFrame) -> pd.DataFrame:
    enrolled = rows["is_enrolled"]
    for column in ("has_oss", "has_iss", "has_expulsion", "suspension_incidents", "has_suspension_ca_dashboard"):
        rows[column] *= enrolled
    rows["is_oss_eligible"], rows["is_discipline_unknown"] = enrolled, 0
    rows["is_oss_days_known"] = enrolled * (1 - rows["out_open"])
    rows["is_oss_days_unknown"] = enrolled * rows["out_open"]
    rows["oss_days"] *= rows["is_oss_days_known"]
    rows["is_suspension_ca_dashboard_eligible"] = enrolled * (1 - rows["suspension_open"])
    rows["is_suspension_ca_dashboard_unknown"] = enrolled * rows["suspension_open"]
    return rows


def _courses(rows: pd.DataFrame, year_is_over: pd.Series) -> pd.DataFrame:
    enrolled, marked = rows["is_enrolled"] == 1, rows["here_marks"] > 0
    ninth = enrolled & (rows["grade_level"] == "09")
    points = rows["here_points"]
    gpa = (2 * points * 10**8 + rows["here_marks"]) // (2 * rows["here_marks"].where(marked, 1))
    rows["gpa"] = gpa.where(enrolled & marked, 0)
    over = rows["school_year"].map(year_is_over)
    assert over.all(), "the sample district's years are over; half ones are not recounted here"
    marked_in_year = rows.groupby(["student", "school_year"])["here_marks"].transform("max") > 0
    first_time = ninth & (rows["is_repeating"] == 0)
    on_track = (rows["half_credits"] >= 10) & (rows["core_semesters_failed"] <= 1)
    high = enrolled & rows["grade_level"].isin(["09", "10", "11", "12"])
    eighth = enrolled & (rows["grade_level"] == "08")
    algebra = rows["algebra_half"] >= 2
    # Of the first year nobody knows who was in grade 9 before.
    told = ~_is_first(rows)
    flags = {
        "is_course_marked": enrolled & marked,
        "has_course_failure": enrolled & (rows["here_failed"] == 1),
        "is_grade9_core_marked": ninth & (rows["here_core"] == 1),
        "has_grade9_core_failure": ninth & (rows["here_core_failed"] == 1),
        "is_gpa_known": enrolled & marked,
        "is_grade9_gpa_known": ninth & marked,
        "is_grade9_gpa_b": ninth & marked & (points >= 3 * rows["here_marks"]),
        "is_grade9_on_track_eligible": told & first_time & marked_in_year,
        "is_grade9_on_track": told & first_time & marked_in_year & on_track,
        "is_grade9_on_track_unknown": ninth & (~told | first_time & ~marked_in_year),
        "is_credits_on_pace_eligible": high & marked_in_year,
        "is_credits_on_pace": high & marked_in_year & (rows["half_credits"] >= 12),
        "is_credits_on_pace_unknown": high & ~marked_in_year,
        "is_algebra1_grade8_eligible": eighth & marked_in_year,
        "has_algebra1_by_grade8": eighth & marked_in_year & algebra,
        "is_algebra1_grade8_unknown": eighth & ~marked_in_year,
        "is_algebra1_grade9_eligible": told & first_time & marked_in_year,
        "has_algebra1_by_grade9": told & first_time & marked_in_year & algebra,
        "is_algebra1_grade9_unknown": first_time & (~told | ~marked_in_year),
    }
    rows = rows.assign(**{name: flag.astype(int) for name, flag in flags.items()})
    for unknown in ("is_marks_unknown", "is_gpa_unknown", "is_grade9_core_unknown", "is_grade9_gpa_unknown"):
        rows[unknown] = 0
    return rows
