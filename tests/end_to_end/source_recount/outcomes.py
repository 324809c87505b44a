"""What students are given: discipline, scores, marks."""

import pandas as pd

from tests.end_to_end.source_recount.delivered import Delivered, dates, spring_year
from tests.end_to_end.source_recount.enrollment import RANK, STUDENT_YEAR, students

STANDARD_MET = {
    "ELA": {"03": 2432, "04": 2454, "05": 2476, "06": 2498, "07": 2520, "08": 2542, "11": 2583},
    "MATH": {"03": 2436, "04": 2457, "05": 2478, "06": 2499, "07": 2520, "08": 2541, "11": 2628},
}
"""The lowest score that meets the state's standard, by subject and grade of the test."""

POINTS = {"A": 4, "B": 3, "C": 2, "D": 1, "F": 0}
CORE = {"English", "Mathematics", "Science", "Social Science"}
ALGEBRA_OR_BEYOND = {"Algebra I", "Geometry", "Algebra II", "Precalculus", "AP Calculus AB"}


def discipline(delivered: Delivered, keys: list[str]) -> pd.DataFrame:
    """Actions per student, year and, if it is among `keys`, school."""
    rows = delivered.rows("sis/discipline.csv")
    actions = pd.DataFrame(
        {
            "student": rows["student_id"],
            "school": rows["school_id"],
            "school_year": spring_year(dates(rows["incident_date"])),
            "incident": rows["school_id"] + "|" + rows["incident_id"],
            "out": rows["action_code"] == "OSS",
            "inside": rows["action_code"] == "ISS",
            "expelled": rows["action_code"] == "EXP",
            "days": rows["duration_days"].astype(float),
        }
    )
    suspends = actions["out"] | actions["inside"]
    actions["suspended_in"] = actions["incident"].where(suspends)
    actions["days_out"] = actions["days"].where(actions["out"]).fillna(0)
    actions["days_suspended"] = actions["days"].where(suspends).fillna(0)
    actions["out_open"] = actions["out"] & actions["days"].isna()
    actions["suspension_open"] = suspends & actions["days"].isna()
    counted = actions.groupby(keys).agg(
        has_oss=("out", "max"),
        has_iss=("inside", "max"),
        has_expulsion=("expelled", "max"),
        suspension_incidents=("suspended_in", "nunique"),
        oss_days=("days_out", "sum"),
        out_open=("out_open", "max"),
        days_suspended=("days_suspended", "sum"),
        suspension_open=("suspension_open", "max"),
    )
    counted["has_suspension_ca_dashboard"] = counted["days_suspended"] >= 1
    counted["suspension_open"] &= ~counted["has_suspension_ca_dashboard"]
    return counted.drop(columns="days_suspended").astype(int)


def incidents(delivered: Delivered) -> pd.DataFrame:
    """How many incidents of the year led to any action against the student, in all schools together."""
    rows = delivered.rows("sis/discipline.csv")
    actions = pd.DataFrame(
        {
            "student": rows["student_id"],
            "school_year": spring_year(dates(rows["incident_date"])),
            "incidents": rows["school_id"] + "|" + rows["incident_id"],
        }
    )
    return actions.groupby(STUDENT_YEAR, as_index=False).nunique()


def results(delivered: Delivered) -> pd.DataFrame:
    """The valid score of each student, subject and year."""
    rows = delivered.rows("assessment/state_assessment_*.csv")
    rows = rows[(rows["test_status"] == "VALID") & rows["scale_score"].notna()]
    rows = rows.merge(students(delivered).dropna(subset="student"), left_on="ssid", right_on="state_id")
    scored = pd.DataFrame(
        {
            "student": rows["student"],
            "school": rows["school_code"],
            "school_year": rows["admin_year"].astype(int),
            "subject": rows["subject"],
            "grade": rows["tested_grade"],
            "score": rows["scale_score"].astype(int),
            "level": rows["performance_level"],
        }
    )
    assert not scored.duplicated(["student", "subject", "school_year"]).any(), "the quarantine keeps second scores"
    met = [STANDARD_MET[subject][grade] for subject, grade in zip(scored["subject"], scored["grade"], strict=True)]
    scored["distance"] = scored["score"] - met
    before = scored[["student", "subject", "school_year", "score"]].rename(columns={"score": "score_before"})
    before["school_year"] += 1
    scored = scored.merge(before, how="left", on=["student", "subject", "school_year"])
    scored["gain"] = scored["score"] - scored["score_before"]
    return scored


def result_measures(scored: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Scores per student, year and, if it is among `keys`, school of the test."""
    parts = []
    for subject, name in (("ELA", "ela"), ("MATH", "math")):
        own = scored[scored["subject"] == subject].assign(
            scored=1,
            proficient=lambda rows: (rows["distance"] >= 0).astype(int),
            third=lambda rows: (rows["grade"] == "03").astype(int),
            gained=lambda rows: rows["gain"].notna().astype(int),
        )
        own["third_proficient"] = own["third"] * own["proficient"]
        sums = own.groupby(keys)[
            ["scored", "proficient", "distance", "score", "gained", "gain", "third", "third_proficient"]
        ].sum()
        renamed = {
            f"{name}_scored": sums["scored"],
            f"{name}_proficient": sums["proficient"],
            f"{name}_distance_scored": sums["scored"],
            f"{name}_distance_points": sums["distance"],
            f"{name}_scale_scored": sums["scored"],
            f"{name}_scale_points": sums["score"],
            f"{name}_gain_scored": sums["gained"],
            f"{name}_gain_points": sums["gain"].astype(int),
        }
        if subject == "ELA":
            renamed |= {"grade3_reading_scored": sums["third"], "grade3_reading_proficient": sums["third_proficient"]}
        parts.append(pd.DataFrame(renamed))
    return pd.concat(parts, axis=1).fillna(0).astype(int)


def final_marks(delivered: Delivered) -> pd.DataFrame:
    """Final marks with what each says."""
    rows = delivered.rows("sis/grades.csv")
    rows = rows[rows["is_final"] == "true"]
    assert set(rows["term"]) <= {"S1", "S2"}, "the sample district gives final marks by semester"
    assert set(rows["letter_mark"]) <= POINTS.keys()
    return pd.DataFrame(
        {
            "student": rows["student_id"],
            "school": rows["school_id"],
            "school_year": rows["school_year"].astype(int),
            "term": rows["term"],
            "points": rows["letter_mark"].map(POINTS),
            "failed": (rows["letter_mark"] == "F").astype(int),
            "core": rows["subject"].isin(CORE).astype(int),
            "half_credits": (rows["credits_earned"].astype(float) * 2).astype(int),
            "algebra": rows["course_title"].isin(ALGEBRA_OR_BEYOND).astype(int),
            "is_ap": rows["course_title"].str.startswith("AP "),
            "is_dual_enrollment": rows["course_code"] == "DEENG",
        }
    )


def mark_measures(marks: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Marks per student, year and, if it is among `keys`, school of the section."""
    counted = marks.assign(core_failed=marks["core"] * marks["failed"]).groupby(keys).agg(
        marks=("points", "size"), failed=("failed", "max"), core=("core", "max"),
        core_failed=("core_failed", "max"), points=("points", "sum"),
    )  # fmt: skip
    return counted.astype(int)


def progress(marks: pd.DataFrame, stays: pd.DataFrame) -> pd.DataFrame:
    """Credits and failures of a student's year at all schools together, and whether grade 9 is repeated."""
    marks = marks.assign(
        core_semesters_failed=marks["core"] * marks["failed"], algebra_half=marks["half_credits"] * marks["algebra"]
    )
    counted = marks.groupby(STUDENT_YEAR, as_index=False)[
        ["half_credits", "core_semesters_failed", "algebra_half"]
    ].sum().sort_values(STUDENT_YEAR)  # fmt: skip
    counted["algebra_half"] = counted.groupby("student")["algebra_half"].cumsum()
    high = stays[stays["grade"].map(RANK) >= 9].groupby("student")["school_year"].min()
    counted["is_repeating"] = counted["student"].map(high) < counted["school_year"]
    return counted.set_index(STUDENT_YEAR)


def year_is_over(marks: pd.DataFrame) -> pd.Series:
    """For each year, whether half of its students have a mark of the second semester."""
    return marks.assign(second=marks["term"] == "S2").groupby(STUDENT_YEAR)["second"].max().groupby(
        "school_year"
    ).mean() >= 0.5  # fmt: skip
