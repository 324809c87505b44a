"""A second count of the student-year measures, day by day in plain Python, straight from the raw rows.

It shares nothing with the models but the written definitions, and is slow and obvious on purpose.
"""

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import ceil
from pathlib import Path

from tests.dbt.raw_district import REGIONS, SCHOOL_YEARS, RawDistrict
from tests.dbt.recount_growth import growth

CUTS = Path(__file__).parents[2] / "dbt_project" / "seeds" / "thresholds" / "assessment_cuts.csv"
RANKS = {"PK": -1, "KG": 0, **{f"{n:02d}": n for n in range(1, 13)}}
ABSENT = ("EXC", "UNX", "OSS")
POINTS = {"A": "4", "B+": "3.3", "B": "3", "C": "2", "C-": "1.7", "D": "1", "F": "0"}
CORE = {"ENG", "ALG", "GEO", "NUM", "SCI", "SOC"}

Row = dict[str, object]
Key = tuple[str, str | None, int]
"""Student number, school number (None in scope district), school year."""


@dataclass(frozen=True)
class Stay:
    student: str
    school: str
    year: int
    grade: str
    begin: date
    last: date


def recount(district: RawDistrict) -> dict[Key, Row]:
    """Measures of every student year of a district without rejected rows."""
    calendar = _calendar(district)
    stays = _stays(district, calendar)
    by_student_year: dict[tuple[str, int], list[Stay]] = defaultdict(list)
    for stay in stays:
        by_student_year[stay.student, stay.year].append(stay)
    absences, latest = _attendance(district)
    codes = _codes(district)
    counted: dict[Key, Row] = {}
    for (student, year), own in by_student_year.items():
        scopes: list[tuple[str | None, list[Stay]]] = [(None, own)]
        scopes += [(school, [s for s in own if s.school == school]) for school in {s.school for s in own}]
        for school, chosen in scopes:
            row = _membership(chosen, calendar, absences, latest)
            row |= _kinds_of_days(chosen, calendar, absences, codes, latest)
            row["is_stable"] = int(_is_stable(own, calendar) and chosen[-1].grade != "PK")
            row |= _moves(chosen, calendar, everywhere=school is None)
            row |= _discipline(district, student, school, year)
            row |= _results(district, student, school, year, chosen)
            expected = {subject: row[f"{subject.lower()}_expected"] for subject in ("ELA", "MATH")}
            row |= growth(district, _state_id(district, student), school, year, expected)
            row |= _marks(district, student, school, year, chosen)
            row |= _special_populations(district, student, year, chosen)
            row |= _lenses(district, student, year)
            row |= _detailed_lenses(district, student, year)
            row["mobility_status"] = _mobility_status(chosen, calendar, everywhere=school is None)
            row["region"] = REGIONS.get(chosen[-1].school, "unknown")
            row["feeder"] = f"{row['region']} High" if row["region"] != "unknown" else "unknown"
            counted[student, school, year] = row
    for (student, _, year), row in counted.items():
        row |= _history(district, student, year, counted.get((student, None, year - 1)))
    return counted


def _day(text: str) -> date:
    if "/" in text:
        month, day, year = (int(part) for part in text.split("/"))
        return date(year, month, day)
    return date.fromisoformat(text)


def _school_year(day: date) -> int:
    return day.year + (day.month >= 7)


def _calendar(district: RawDistrict) -> dict[tuple[str, int], list[date]]:
    days: dict[tuple[str, int], list[date]] = defaultdict(list)
    for row in district.rows["sis_files__calendar"]:
        if row["day_type"] == "instructional":
            days[row["school_id"], int(row["school_year"])].append(_day(row["calendar_date"]))
    return days


def _stays(district: RawDistrict, calendar: dict[tuple[str, int], list[date]]) -> list[Stay]:
    grades = {row["sourced_id"]: row["grades"] for row in district.rows["oneroster__classes"] if "grades" in row}
    stays = []
    for row in district.rows["oneroster__enrollments"]:
        begin = _day(row["begin_date"])
        school, year = row["school_sourced_id"].removeprefix("org"), _school_year(begin)
        ends = _day(row["end_date"]) - timedelta(days=1) if "end_date" in row else max(calendar[school, year])
        if ends >= begin:
            student = row["user_sourced_id"].removeprefix("u")
            stays.append(Stay(student, school, year, grades[row["class_sourced_id"]], begin, ends))
    return sorted(stays, key=lambda stay: (stay.student, stay.begin, stay.last, stay.school))


def _attendance(
    district: RawDistrict,
) -> tuple[dict[tuple[str, str, date], Fraction], dict[tuple[str, int], date]]:
    absences: dict[tuple[str, str, date], Fraction] = {}
    latest: dict[tuple[str, int], date] = {}
    for row in district.rows["sis_files__attendance"]:
        day, school = _day(row["attendance_date"]), row["school_id"]
        missed = Fraction(row.get("day_fraction", "1")) if row["attendance_code"] in ABSENT else Fraction(0)
        absences[row["student_id"], school, day] = missed
        latest[school, _school_year(day)] = max(day, latest.get((school, _school_year(day)), day))
    return absences, latest


def _membership(
    stays: list[Stay],
    calendar: dict[tuple[str, int], list[date]],
    absences: dict[tuple[str, str, date], Fraction],
    latest: dict[tuple[str, int], date],
) -> Row:
    year, grade = stays[0].year, stays[-1].grade
    october, april = date(year - 1, 10, 1), date(year, 4, 15)
    days: dict[date, Fraction] = {}
    for stay in stays:  # Later entries come later and take the date over.
        stop = latest.get((stay.school, year))
        for day in calendar[stay.school, year]:
            if stop is not None and stay.begin <= day <= min(stay.last, stop):
                days[day] = absences.get((stay.student, stay.school, day), Fraction(0))
    total, half = len(days), sum(missed >= Fraction(1, 2) for missed in days.values())
    known = total > 0
    federal = known and grade != "PK" and total >= 10
    california = known and grade != "PK" and RANKS[grade] <= 8 and total > 30
    severe = federal and half * 5 >= total
    shares = _shares(stays, calendar, absences, latest)
    tested = any(s.begin <= april <= s.last and s.grade in ("03", "04", "05", "06", "07", "08", "11") for s in stays)
    return {
        "is_enrolled": 1,
        "is_enrolled_on_census": int(any(s.begin <= october <= s.last for s in stays)),
        "membership_days": total if known else None,
        "absent_days": float(sum(days.values())) if known else None,
        "is_chronic_eligible_federal": int(federal) if known else None,
        "is_chronically_absent_federal": int(federal and half * 10 >= total) if known else None,
        "is_chronic_eligible_ca_dashboard": int(california) if known else None,
        "is_chronically_absent_ca_dashboard": int(california and half * 10 >= total) if known else None,
        "is_chronic_eligible_severe": int(federal) if known else None,
        "is_chronically_absent_severe": int(severe) if known else None,
        "is_absent_20_plus": int(sum(days.values()) >= 20) if known else None,
        "is_attendance_satisfactory": int(sum(days.values()) * 20 < total) if known else None,
        "average_membership": shares[0] if known else None,
        "average_attendance": shares[1] if known else None,
        "is_stability_eligible": int(any(s.grade != "PK" for s in stays)),
        "ela_expected": int(tested),
        "math_expected": int(tested),
        "grade_level": grade,
    }


def _codes(district: RawDistrict) -> dict[tuple[str, str, date], str]:
    return {
        (row["student_id"], row["school_id"], _day(row["attendance_date"])): row["attendance_code"]
        for row in district.rows["sis_files__attendance"]
    }


def _kinds_of_days(
    stays: list[Stay],
    calendar: dict[tuple[str, int], list[date]],
    absences: dict[tuple[str, str, date], Fraction],
    codes: dict[tuple[str, str, date], str],
    latest: dict[tuple[str, int], date],
) -> Row:
    student, year = stays[0].student, stays[0].year
    tardy_schools = {school for (_, school, day), code in codes.items() if code == "TDY" and _school_year(day) == year}
    school_of: dict[date, str] = {}
    for stay in stays:  # Later entries come later and take the date over.
        stop = latest.get((stay.school, year), date.min)
        for day in calendar[stay.school, year]:
            if stay.begin <= day <= min(stay.last, stop):
                school_of[day] = stay.school
    known = bool(school_of)
    kinds = [(school, day, codes.get((student, school, day))) for day, school in school_of.items()]
    unexcused = sum(absences[student, school, day] for school, day, code in kinds if code == "UNX")
    where_told = [code for school, _, code in kinds if school in tardy_schools]
    return {
        "unexcused_days": float(unexcused) if known else None,
        "is_truancy_known": 1 if known else None,
        "is_truant": int(unexcused >= 10) if known else None,
        "tardy_count": where_told.count("TDY") if where_told else None,
        "tardy_membership_days": len(where_told) or None,
        "is_tardiness_unknown": int(not where_told),
    }


def _shares(
    stays: list[Stay],
    calendar: dict[tuple[str, int], list[date]],
    absences: dict[tuple[str, str, date], Fraction],
    latest: dict[tuple[str, int], date],
) -> tuple[float, float]:
    """Membership and attendance at each school over its days in session, rounded up at the twelfth place."""
    total_in, total_there = 0, 0
    for school in {stay.school for stay in stays}:
        year = stays[0].year
        stop = latest.get((school, year), date.min)
        in_session = [day for day in calendar[school, year] if day <= stop]
        own = {day for s in stays if s.school == school for day in in_session if s.begin <= day <= s.last}
        missed = sum(absences.get((stays[0].student, school, day), Fraction(0)) for day in own)
        if own:
            total_in += ceil(Fraction(len(own), len(in_session)) * 10**12)
            total_there += ceil((len(own) - missed) / len(in_session) * 10**12)
    return total_in / 10**12, total_there / 10**12


def _is_stable(stays: list[Stay], calendar: dict[tuple[str, int], list[date]]) -> bool:
    """Walk the calendar days from 1 October to the last school day; count days out of membership in a row."""
    year = stays[0].year
    october = date(year - 1, 10, 1)
    closing = max(max(days) for (_, of_year), days in calendar.items() if of_year == year)
    days_in = {s.begin + timedelta(days=n) for s in stays for n in range((s.last - s.begin).days + 1)}
    longest = run = 0
    for n in range((closing - october).days + 1):
        run = 0 if october + timedelta(days=n) in days_in else run + 1
        longest = max(longest, run)
    return october in days_in and longest <= 10


def _moves(stays: list[Stay], calendar: dict[tuple[str, int], list[date]], *, everywhere: bool) -> Row:
    came, left = _comings_and_goings(stays, calendar, everywhere=everywhere)
    eligible = any(stay.grade != "PK" for stay in stays)
    moves = came + left if eligible else 0
    return {"is_mobility_eligible": int(eligible), "is_mobile": int(moves > 0), "mobility_moves": moves}


def _mobility_status(stays: list[Stay], calendar: dict[tuple[str, int], list[date]], *, everywhere: bool) -> str:
    came, left = _comings_and_goings(stays, calendar, everywhere=everywhere)
    if came + left >= 2:
        return "two_or_more_moves"
    if came:
        return "entered_late"
    gone_before_october = max(stay.last for stay in stays) < date(stays[0].year - 1, 10, 1)
    return "left" if left or gone_before_october else "full_year"


def _comings_and_goings(
    stays: list[Stay], calendar: dict[tuple[str, int], list[date]], *, everywhere: bool
) -> tuple[int, int]:
    """Join stays that lie at most ten days apart, and look at where the joined ones begin and end."""
    year = stays[0].year
    october = date(year - 1, 10, 1)
    closing = max(
        max(days)
        for (school, of_year), days in calendar.items()
        if of_year == year and (everywhere or school == stays[0].school)
    )
    joined: list[list[date]] = []
    for stay in stays:
        if joined and (stay.begin - joined[-1][1]).days - 1 <= 10:
            joined[-1][1] = max(joined[-1][1], stay.last)
        else:
            joined.append([stay.begin, stay.last])
    came = sum(begin > october for begin, _ in joined)
    left = sum(last >= october for _, last in joined[:-1])
    left += joined[-1][1] >= october and (closing - joined[-1][1]).days > 10
    return came, left


def _discipline(district: RawDistrict, student: str, school: str | None, year: int) -> Row:
    rows = [
        row
        for row in district.rows["sis_files__discipline"]
        if row["student_id"] == student
        and school in (None, row["school_id"])
        and _school_year(_day(row["incident_date"])) == year
    ]
    out = [row for row in rows if row["action_code"] == "OSS"]
    suspensions = [row for row in rows if row["action_code"] in ("OSS", "ISS")]
    days_out = sum(Fraction(row["duration_days"]) for row in out if "duration_days" in row)
    days_all = sum(Fraction(row["duration_days"]) for row in suspensions if "duration_days" in row)
    length_missing = any("duration_days" not in row for row in suspensions)
    known_out = all("duration_days" in row for row in out)
    return {
        "has_oss": int(bool(out)),
        "has_iss": int(any(row["action_code"] == "ISS" for row in rows)),
        "has_expulsion": int(any(row["action_code"] == "EXP" for row in rows)),
        "suspension_incidents": len({(row["school_id"], row["incident_id"]) for row in suspensions}),
        "is_oss_days_known": int(known_out),
        "oss_days": float(days_out) if known_out else 0.0,
        "is_suspension_ca_dashboard_eligible": int(days_all >= 1 or not length_missing),
        "has_suspension_ca_dashboard": int(days_all >= 1),
        "is_suspension_ca_dashboard_unknown": int(days_all < 1 and length_missing),
    }


def _state_id(district: RawDistrict, student: str) -> str:
    return next(
        row["user_ids"].removeprefix("{StateID:").removesuffix("}")
        for row in district.rows["oneroster__users"]
        if row["identifier"] == student
    )


def _results(district: RawDistrict, student: str, school: str | None, year: int, stays: list[Stay]) -> Row:
    with CUTS.open() as file:
        met = {(line["subject"], line["grade"]): int(line["level3_cut"]) for line in csv.DictReader(file)}
    state_id = _state_id(district, student)
    counted: Row = {}
    for subject in ("ELA", "MATH"):
        rows = [
            row
            for row in district.rows["assessment_files__results"]
            if row["student_id"] == state_id
            and row["subject"] == subject
            and row["status_code"] == "VALID"
            and int(row["school_year"][-4:]) == year
        ]
        here = [row for row in rows if school in (None, row["school_id"])]
        points = [int(row["scale_score"]) - met[subject, row["tested_grade"]] for row in here]
        name = subject.lower()
        counted[f"{name}_scored"] = len(here)
        counted[f"{name}_proficient"] = sum(point >= 0 for point in points)
        counted[f"{name}_distance_points"] = float(points[0]) if points else None
        counted |= _scores(district, state_id, subject, year, here)
    return counted


def _scores(district: RawDistrict, state_id: str, subject: str, year: int, here: list[dict[str, str]]) -> Row:
    """Scale score, its gain on the year before, and grade 3 reading."""
    name = subject.lower()
    before = [
        int(row["scale_score"])
        for row in district.rows["assessment_files__results"]
        if row["student_id"] == state_id
        and row["subject"] == subject
        and row["status_code"] == "VALID"
        and int(row["school_year"][-4:]) == year - 1
    ]
    scores = [int(row["scale_score"]) for row in here]
    gains = [score - before[0] for score in scores if before]
    first_year = year == min(SCHOOL_YEARS)
    counted: Row = {
        f"{name}_scale_scored": len(scores),
        f"{name}_scale_points": float(scores[0]) if scores else None,
        f"{name}_gain_scored": None if first_year else len(gains),
        f"{name}_gain_points": float(gains[0]) if gains else None,
    }
    if subject == "ELA":
        third = [int(row["scale_score"]) for row in here if row["tested_grade"] == "03"]
        counted["grade3_reading_scored"] = len(third)
        counted["grade3_reading_proficient"] = sum(score >= 2432 for score in third)
    return counted


def _marks(district: RawDistrict, student: str, school: str | None, year: int, stays: list[Stay]) -> Row:
    final = [
        row
        for row in district.rows["sis_files__marks"]
        if row["student_id"] == student and row["is_final"] == "true" and int(row["school_year"]) <= year
    ]
    of_year = [row for row in final if int(row["school_year"]) == year]
    here = [row for row in of_year if school is None or row.get("section_id", "")[1:4] == school]
    judged = [row for row in here if row.get("letter_mark") in (*POINTS, "P")]
    failed = [row for row in judged if row["letter_mark"] == "F"]
    core = [row for row in judged if row["course_code"] in CORE]
    points = [Fraction(POINTS[row["letter_mark"]]) for row in here if row.get("letter_mark") in POINTS]
    average = sum(points) / len(points) if points else None
    grade, first_year = stays[-1].grade, year == min(SCHOOL_YEARS)
    ninth = int(grade == "09")
    counts = any(row.get("letter_mark") in (*POINTS, "P") for row in of_year)

    def credits_of(rows: list[dict[str, str]]) -> Fraction:
        return sum((Fraction(row.get("credits_earned", "0")) for row in rows), Fraction(0))

    regular = credits_of([row for row in of_year if row["term"] != "SS"])
    semesters_failed = sum(
        2 if row["term"] == "Y1" else 1
        for row in of_year
        if row.get("letter_mark") == "F" and row["course_code"] in CORE
    )
    algebra = credits_of([row for row in final if row["course_code"] in ("ALG", "GEO")]) >= 1
    on_track = counts and regular >= 5 and semesters_failed <= 1
    high = counts and RANKS[grade] >= 9
    return {
        "is_course_marked": int(bool(judged)),
        "has_course_failure": int(bool(failed)),
        "is_grade9_core_marked": ninth * int(bool(core)),
        "has_grade9_core_failure": ninth * int(any(row in core for row in failed)),
        "is_gpa_known": int(bool(points)),
        "gpa": None if average is None else round(float(average), 8),
        "is_grade9_gpa_known": ninth * int(bool(points)),
        "is_grade9_gpa_b": ninth * int(average is not None and average >= 3),
        "is_grade9_on_track_eligible": None if first_year else ninth * int(counts),
        "is_grade9_on_track": None if first_year else ninth * int(on_track),
        "is_credits_on_pace_eligible": int(high),
        "is_credits_on_pace": int(high and credits_of(of_year) >= 6),
        "is_algebra1_grade8_eligible": int(grade == "08" and counts),
        "has_algebra1_by_grade8": int(grade == "08" and counts and algebra),
        "is_algebra1_grade9_eligible": None if first_year else ninth * int(counts),
        "has_algebra1_by_grade9": None if first_year else ninth * int(counts and algebra),
    }


def _special_populations(district: RawDistrict, student: str, year: int, stays: list[Stay]) -> Row:
    """Who is served on 1 October, by walking the student's own statuses."""
    october = date(year - 1, 10, 1)
    here = any(stay.begin <= october <= stay.last for stay in stays)
    own = [row for row in district.rows["sis_files__statuses"] if row["student_id"] == student]

    def holding(kind: str, *codes: str) -> bool:
        return any(
            row["status_type"] == kind
            and row["status_code"] in codes
            and _day(row["begin_date"]) <= october <= _day(row.get("end_date", "2099-12-31"))
            for row in own
        )

    learner = here and holding("EL", "EL")
    first_day = min((_day(row["begin_date"]) for row in own if row["status_code"] == "EL"), default=date.max)
    reclassified = [_day(row["begin_date"]) for row in own if row["status_code"] == "RFEP"]
    return {
        "is_el_on_census": int(learner),
        "is_reclassified": int(
            learner and bool(reclassified) and all(october < day <= date(year, 6, 30) for day in reclassified)
        ),
        "is_ltel": int(learner and first_day <= date(year - 7, 10, 1)),
        "is_iep_on_census_known": int(here),
        "has_iep_on_census": int(here and holding("IEP", *CATEGORIES)),
        "has_section_504_on_census": int(here and holding("504", "504") and not holding("IEP", *CATEGORIES)),
        "is_section_504_on_census_unknown": int(here and _touching(district, student, year, "504") is None),
    }


def _lenses(district: RawDistrict, student: str, year: int) -> Row:
    demographics = next(row for row in district.rows["oneroster__demographics"] if row["sourced_id"] == f"u{student}")
    races = [name for name in ("white", "asian", "black_or_african_american") if demographics.get(name) == "true"]
    short = {"black_or_african_american": "black"}
    race = "unknown" if not races else short.get(races[0], races[0]) if len(races) == 1 else "two_or_more"
    if demographics.get("hispanic_or_latino_ethnicity") == "true":
        race = "hispanic"
    genders = {"female": "female", "male": "male", "other": "nonbinary"}
    return {
        "race_ethnicity": race,
        "gender": genders.get(demographics.get("sex", ""), "unknown"),
        "english_learner": _status(district, student, year, "EL", ("EL",)),
        "disability": _status(district, student, year, "IEP", tuple(CATEGORIES)),
        "economic_disadvantage": _status(district, student, year, "MEAL", ("FREE", "REDUCED")),
        "homeless": "unknown",
    }


def _status(district: RawDistrict, student: str, year: int, kind: str, codes: tuple[str, ...]) -> str:
    touching = [
        row
        for row in district.rows["sis_files__statuses"]
        if row["status_type"] == kind
        and _day(row["begin_date"]) <= date(year, 6, 30)
        and _day(row.get("end_date", "2099-12-31")) >= date(year - 1, 7, 1)
    ]
    if not touching:
        return "unknown"
    return "yes" if any(row["student_id"] == student and row["status_code"] in codes for row in touching) else "no"


def _touching(district: RawDistrict, student: str, year: int, kind: str) -> list[dict[str, str]] | None:
    """A student's records of a type that touch the year, by first day; None when nobody has any."""
    touching = [
        row
        for row in district.rows["sis_files__statuses"]
        if row["status_type"] == kind
        and _day(row["begin_date"]) <= date(year, 6, 30)
        and _day(row.get("end_date", "2099-12-31")) >= date(year - 1, 7, 1)
    ]
    if not touching:
        return None
    return sorted((row for row in touching if row["student_id"] == student), key=lambda row: row["begin_date"])


def _detailed_lenses(district: RawDistrict, student: str, year: int) -> Row:
    learner, plan, meals = (_touching(district, student, year, kind) for kind in ("EL", "IEP", "MEAL"))
    accommodated = _touching(district, student, year, "504")
    row: Row = {
        "el_status": "unknown" if learner is None else "never" if not learner else _el_status(learner, year),
        "disability_category": "unknown"
        if plan is None
        else "none"
        if not plan
        else CATEGORIES[plan[-1]["status_code"]],
        "economic_basis": "unknown" if meals is None else "not_disadvantaged",
        "migrant": "unknown",
    }
    if any(meal["status_code"] in ("FREE", "REDUCED") for meal in meals or []):
        row["economic_basis"] = "meal_application"
    if plan:
        row["disability_status"] = "idea"
    elif plan is None or accommodated is None:
        row["disability_status"] = "unknown"
    else:
        row["disability_status"] = "section_504" if accommodated else "none"
    for lens, kind in (("foster_care", "FOSTER"), ("military_family", "MILITARY"), ("gifted", "GIFTED")):
        records = _touching(district, student, year, kind)
        row[lens] = "unknown" if records is None else "yes" if records else "no"
    return row | _overlapping(district, student, year)


CATEGORIES = {"IEP": "not_stated", "SLD": "specific_learning_disability", "AUT": "autism"}


def _el_status(records: list[dict[str, str]], year: int) -> str:
    if any(row["status_code"] == "EL" for row in records):
        return "current"
    last_year_as_learner = _school_year(_day(records[-1]["begin_date"]) - timedelta(days=1))
    return "former_monitored" if year - last_year_as_learner <= 4 else "former_later"


def _overlapping(district: RawDistrict, student: str, year: int) -> Row:
    demographics = next(row for row in district.rows["oneroster__demographics"] if row["sourced_id"] == f"u{student}")
    flags = {
        "asian": "asian",
        "black": "black_or_african_american",
        "hispanic": "hispanic_or_latino_ethnicity",
        "white": "white",
    }
    races = [name for name, flag in flags.items() if demographics.get(flag) == "true"]
    taken: dict[str, list[str]] = defaultdict(list)
    for row in district.rows["program_files__participations"]:
        if row["student_id"] == student and int(row["school_year"]) == year:
            taken[row["program_code"]].append(row.get("sessions_attended", ""))
    nothing = "|none|" if year == 2026 else "|unknown|"
    dosages = [f"{program}:{_dosage(sessions)}" for program, sessions in sorted(taken.items())]
    return {
        "race_spd15": f"|{'|'.join(races)}|" if races else "|unknown|",
        "program": f"|{'|'.join(sorted(taken))}|" if taken else nothing,
        "program_dosage": f"|{'|'.join(dosages)}|" if taken else nothing,
    }


def _dosage(sessions: list[str]) -> str:
    total = sum(int(number) for number in sessions if number)
    if total >= 30:
        return "high"
    if "" in sessions:
        return "unknown"
    return "medium" if total >= 10 else "low"


def _history(district: RawDistrict, student: str, year: int, before: Row | None) -> Row:
    """What the lenses of the year before say; `before` is that year in the district."""
    lenses = ("prior_attendance_band", "discipline_history", "prior_performance_ela", "prior_performance_math")
    if year == min(SCHOOL_YEARS):
        return dict.fromkeys(lenses, "unknown")
    row: Row = {
        # The results name no level, so whoever has one had some level that nobody can tell.
        f"prior_performance_{subject}": "unknown" if before and before[f"{subject}_scored"] else "no_prior"
        for subject in ("ela", "math")
    }
    if before is None:
        return row | {"prior_attendance_band": "not_enrolled", "discipline_history": "not_enrolled"}
    incidents = {
        (action["school_id"], action["incident_id"])
        for action in district.rows["sis_files__discipline"]
        if action["student_id"] == student and _school_year(_day(action["incident_date"])) == year - 1
    }
    names = {0: "none", 1: "one", 2: "few", 3: "few"}
    return row | {
        "prior_attendance_band": _band(before),
        "discipline_history": names.get(len(incidents), "many"),
    }


def _band(row: Row) -> str:
    days, absent = row["membership_days"], row["absent_days"]
    if not isinstance(days, int) or not isinstance(absent, float):
        return "unknown"
    share = Fraction(absent) / days
    bounds = ((Fraction(1, 20), "satisfactory"), (Fraction(1, 10), "at_risk"), (Fraction(1, 5), "moderate_chronic"))
    return next((name for bound, name in bounds if share < bound), "severe_chronic")
