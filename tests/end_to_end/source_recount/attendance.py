"""Attendance day by day: every school day of every stay, present unless an exception was sent.

Days absent come in quarters, so that all sums are whole numbers; shares of a year come in trillionths.
"""

import pandas as pd

from tests.end_to_end.source_recount.delivered import Delivered, dates, spring_year
from tests.end_to_end.source_recount.enrollment import RANK

ABSENT = {"EXC", "UNX", "OSS"}
TRILLION = 10**12
DAY = ["student", "school", "school_year", "day"]


def records(delivered: Delivered) -> pd.DataFrame:
    """What the schools sent, one row per student, school and day."""
    rows = delivered.rows("sis/attendance_*.csv")
    day = dates(rows["attendance_date"])
    absent = rows["attendance_code"].isin(ABSENT)
    quarters = (rows["day_fraction"].astype(float).fillna(1) * 4).round().astype(int).where(absent, 0)
    sent = pd.DataFrame(
        {
            "student": rows["student_id"],
            "school": rows["school_id"],
            "school_year": spring_year(day),
            "day": day,
            "quarters": quarters,
            "unexcused": quarters.where(rows["attendance_code"] == "UNX", 0),
            "late": (rows["attendance_code"] == "TDY").astype(int),
        }
    )
    assert not sent.duplicated(DAY).any(), "the quarantine keeps second records of a day; sums are not recounted here"
    return sent


def days_in_session(sent: pd.DataFrame, school_days: pd.DataFrame) -> pd.DataFrame:
    """School days up to the school's latest record of the year: school, school_year, day."""
    latest = sent.groupby(["school", "school_year"])["day"].max().rename("latest").reset_index()
    known = school_days.merge(latest)
    return known.loc[known["day"] <= known["latest"], ["school", "school_year", "day"]]


def student_days(stays: pd.DataFrame, in_session: pd.DataFrame, sent: pd.DataFrame) -> pd.DataFrame:
    """Every day in membership at every school; `counts_in_district` is false where a later entry took the day over."""
    days = stays.merge(in_session, on=["school", "school_year"])
    days = days[(days["day"] >= days["entry"]) & (days["day"] <= days["exit"])]
    days = days.merge(sent, how="left", on=DAY)
    amounts = ["quarters", "unexcused", "late"]
    days[amounts] = days[amounts].fillna(0).astype(int)
    days["half_missed"] = (days["quarters"] >= 2).astype(int)
    recording = sent.loc[sent["late"] == 1, ["school", "school_year"]].drop_duplicates().assign(records_late=1)
    days = days.merge(recording, how="left", on=["school", "school_year"])
    days["late_known"] = days["records_late"].fillna(0).astype(int)
    days = days.sort_values(["student", "day", "entry"])
    days["counts_in_district"] = ~days.duplicated(["student", "day"], keep="last")
    return days


def attendance_measures(days: pd.DataFrame, in_session: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Per student, year and, if it is among `keys`, school. Whoever has no known day has no row."""
    counting = days if "school" in keys else days[days["counts_in_district"]]
    counted = counting.groupby(keys).agg(
        membership_days=("day", "size"),
        absent_days=("quarters", "sum"),
        half_missed=("half_missed", "sum"),
        unexcused=("unexcused", "sum"),
        tardy_count=("late", "sum"),
        tardy_membership_days=("late_known", "sum"),
    )
    counted["attended_days"] = counted["membership_days"] * 4 - counted["absent_days"]
    return counted.join(_averages(days, in_session, keys)).assign(is_attendance_known=1)


def _averages(days: pd.DataFrame, in_session: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Each school's days over its days in session, rounded up at the twelfth place; the district adds them up."""
    lengths = in_session.groupby(["school", "school_year"])["day"].size().rename("length").reset_index()
    at_school = days.groupby(["student", "school", "school_year"], as_index=False).agg(
        days=("day", "size"), quarters=("quarters", "sum")
    )
    at_school = at_school.merge(lengths)
    there = at_school["days"] * 4 - at_school["quarters"]
    at_school["average_membership"] = _rounded_up(at_school["days"] * 4, at_school["length"] * 4)
    at_school["average_attendance"] = _rounded_up(there, at_school["length"] * 4)
    return at_school.groupby(keys)[["average_membership", "average_attendance"]].sum()


def _rounded_up(part: pd.Series, whole: pd.Series) -> pd.Series:
    return -(-part * TRILLION // whole)


def judged(counted: pd.DataFrame) -> pd.DataFrame:
    """What the days of a student and year say by each definition; `counted` has every row, known or not."""
    known = counted["is_attendance_known"] == 1
    days, absent, half = counted["membership_days"], counted["absent_days"], counted["half_missed"]
    rank = counted["grade_level"].map(RANK)
    federal = known & (days >= 10) & (rank.isna() | rank.between(0, 12))
    dashboard = known & (days >= 31) & rank.between(0, 8)
    late_known = counted["tardy_membership_days"] > 0
    bands = [absent * 5 < days, absent * 5 < days * 2, absent * 5 < days * 4]
    band = pd.Series("severe_chronic", counted.index)
    for name, holds in zip(("moderate_chronic", "at_risk", "satisfactory"), reversed(bands), strict=True):
        band = band.mask(holds, name)
    flags = {
        "is_attendance_unknown": ~known,
        "is_chronic_eligible_federal": federal,
        "is_chronically_absent_federal": federal & (half * 10 >= days),
        "is_chronic_eligible_ca_dashboard": dashboard,
        "is_chronically_absent_ca_dashboard": dashboard & (half * 10 >= days),
        "is_chronic_eligible_severe": federal,
        "is_chronically_absent_severe": federal & (half * 5 >= days),
        "is_absent_20_plus": known & (absent >= 20 * 4),
        "is_attendance_satisfactory": known & (absent * 5 < days),
        "is_truancy_known": known,
        "is_truancy_unknown": ~known,
        "is_truant": known & (counted["unexcused"] >= 10 * 4),
        "is_tardiness_known": late_known,
        "is_tardiness_unknown": ~late_known,
    }
    judged = counted.assign(**{name: flag.astype(int) for name, flag in flags.items()})
    judged["tardy_count"] = judged["tardy_count"].where(late_known, 0)
    judged["attendance_band"] = band.where(known, "unknown")
    return judged
