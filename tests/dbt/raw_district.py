"""Raw rows of a small made-up district, written to a warehouse as if they had been landed."""

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pandas as pd

from ingestion.landing_log import create_landing_tables
from quality.quarantine import create_quarantine_tables

SCHOOLS = {
    "101": ("PK", "KG", "01", "02", "03", "04", "05"),
    "102": ("KG", "01", "02", "03", "04", "05"),
    "103": ("06", "07", "08"),
    "104": ("09", "10", "11", "12"),
}
SCHOOL_YEARS = (2025, 2026)
LAST_DAYS = {"101": (6, 9), "102": (6, 9), "103": (6, 9), "104": (6, 5)}
REGIONS = {"101": "North", "102": "North", "103": "South"}
"""School 104 is in no region."""
CUT_OF_MET = {"ELA": 2432, "MATH": 2436}
COURSES = {
    "ENG": {"title": "Stories", "subjects": "English"},
    "ALG": {"title": "Algebra I", "subjects": "Mathematics"},
    "GEO": {"title": "Geometry", "subjects": "Mathematics"},
    "NUM": {"title": "Numbers", "subjects": "Mathematics"},
    "SCI": {"title": "Life on land", "subject_codes": "03051"},
    "SOC": {"title": "The past", "subjects": "Social Studies,History"},
    "ART": {"title": "Clay", "subjects": "Arts"},
    "ODD": {"title": "Knots", "subjects": "Crafts"},
}
"""Courses of the upper schools; of ODD nobody knows the subject."""


@dataclass
class RawDistrict:
    """Rows by raw table. Columns that a row does not name are null."""

    rows: dict[str, list[dict[str, str]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, table: str, **values: object) -> None:
        """Add one row; dates become ISO text, None and '' become null."""
        self.rows[table].append({k: str(v) for k, v in values.items() if v not in (None, "")})

    def write(self, warehouse_file: Path, rejected: Iterable[tuple[str, int]] = ()) -> None:
        """Create the warehouse with all raw tables and these rows.

        Args:
            rejected: (raw table, position of the row) of rows that the quarantine holds.
        """
        warehouse_file.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(str(warehouse_file)) as connection:
            create_landing_tables(connection)
            create_quarantine_tables(connection)
            for table, rows in self.rows.items():
                frame = pd.DataFrame(rows, dtype="str")
                frame["_source_file"] = f"{table}.csv"
                frame["_source_row"] = range(2, len(rows) + 2)
                frame["_row_id"] = [f"{table}.csv#{line}" for line in frame["_source_row"]]
                connection.register("delivered", frame)
                connection.execute(f"insert into raw.{table} by name select * from delivered")
                connection.unregister("delivered")
            for table, position in rejected:
                connection.execute(
                    "insert into quarantine.rejected_rows (source_table, row_id, rule_id) values (?, ?, 'T')",
                    [table, f"{table}.csv#{position + 2}"],
                )


def school_days(school: str, school_year: int) -> list[date]:
    """Weekdays from 20 August to the school's last day, without a holiday week."""
    month, day = LAST_DAYS[school]
    first, last = date(school_year - 1, 8, 20), date(school_year, month, day)
    dates = (first + timedelta(days=n) for n in range((last - first).days + 1))
    holidays = {date(school_year - 1, 12, 22) + timedelta(days=n) for n in range(12)}
    return [d for d in dates if d.weekday() < 5 and d not in holidays]


def random_district(seed: int, students: int) -> RawDistrict:
    """A district of four schools and two years with transfers, gaps, overlaps and partial days.

    School 103 sends no attendance for 2025 and school 102 stops in March 2026; meal statuses begin in
    July 2025.
    """
    chance = random.Random(seed)
    district = RawDistrict()
    for school, grades in SCHOOLS.items():
        district.add(
            "oneroster__orgs",
            sourced_id=f"org{school}",
            name=f"School {school}",
            type="school",
            identifier=school,
        )
        for year in SCHOOL_YEARS:
            for grade in grades:
                district.add(
                    "oneroster__classes",
                    sourced_id=f"h{school}{year}{grade}",
                    class_type="homeroom",
                    grades=grade,
                    school_sourced_id=f"org{school}",
                )
            for day in school_days(school, year):
                district.add(
                    "sis_files__calendar",
                    school_id=school,
                    school_year=year,
                    calendar_date=day,
                    day_type="instructional",
                )
            district.add(
                "sis_files__calendar",
                school_id=school,
                school_year=year,
                calendar_date=date(year - 1, 12, 25),
                day_type="holiday",
            )
    for number in range(1, students + 1):
        _add_student(district, chance, number)
    _add_marks(district, random.Random(seed + 1))
    _add_lenses(district, random.Random(seed + 2))
    _add_growth(district, random.Random(seed + 3))
    return district


def _add_lenses(district: RawDistrict, chance: random.Random) -> None:
    """Statuses in detail, programmes and how schools are grouped; no feed of migrants, no programmes in 2025."""
    for school, region in REGIONS.items():
        district.add("plan_files__schools", school_id=school, region=region, feeder=f"{region} High")
    for row in district.rows["sis_files__statuses"]:
        if row["status_type"] == "IEP":
            row["status_code"] = chance.choice(["IEP", "SLD", "AUT"])
    for user in district.rows["oneroster__users"]:
        student = user["identifier"]
        for kind, share in (("504", 0.1), ("FOSTER", 0.05), ("MILITARY", 0.1), ("GIFTED", 0.15)):
            if chance.random() < share:
                begins = chance.choice([date(2024, 9, 1), date(2025, 7, 1), date(2026, 2, 1)])
                district.add(
                    "sis_files__statuses",
                    status_id=f"l{student}{kind}",
                    student_id=student,
                    status_type=kind,
                    status_code=kind,
                    begin_date=begins,
                    end_date=chance.choice([date(2026, 6, 30), None]),
                )
        for program in ("AFTER", "ELD"):
            for turn in range(chance.choice([0, 0, 1, 2])):
                district.add(
                    "program_files__participations",
                    participation_id=f"p{student}{program}{turn}",
                    student_id=student,
                    school_year=2026,
                    program_code=program,
                    begin_date=date(2025, 9, 10) + timedelta(days=60 * turn),
                    sessions_attended=chance.choice(["3", "9", "12", "31", ""]),
                )


def _add_marks(district: RawDistrict, chance: random.Random) -> None:
    """Semester marks, a full-year science mark, marks on the way; a few lack section, letter, known term or credits."""
    for code, words in COURSES.items():
        district.add("oneroster__courses", sourced_id=f"course{code}", course_code=code, **words)
        for school in ("103", "104"):
            for year in SCHOOL_YEARS:
                district.add(
                    "oneroster__classes",
                    sourced_id=f"c{school}{year}{code}",
                    class_type="scheduled",
                    school_sourced_id=f"org{school}",
                    course_sourced_id=f"course{code}",
                )
    seats = {
        (row["user_sourced_id"].removeprefix("u"), row["school_sourced_id"].removeprefix("org"), year): None
        for row in district.rows["oneroster__enrollments"]
        for year in SCHOOL_YEARS
        if f"{year - 1}-07" < row["begin_date"] < f"{year}-07" and row["school_sourced_id"] in ("org103", "org104")
    }
    for student, school, year in seats:
        luck = chance.choice(["AB", "ABC", "ABCDF", "CDF"])
        mathematics = chance.choice(["ALG", "GEO", "NUM"])
        for code in ("ENG", mathematics, "SCI", "SOC", "ART", "ODD"):
            for term in ("Y1",) if code == "SCI" else ("Q1", "S1", chance.choice(["S2", "S2", "S2", "block 9"])):
                letter = chance.choice([*luck, *luck, *luck, chance.choice(["B+", "C-", "INC", "P", "?", ""])])
                worth = {"Y1": 1.0, "Q1": 0.0}.get(term, 0.5)
                district.add(
                    "sis_files__marks",
                    mark_id=f"m{student}{school}{year}{code}{term}",
                    student_id=student,
                    section_id=chance.choice([f"c{school}{year}{code}"] * 9 + [""]),
                    school_year=year,
                    term=term,
                    letter_mark=letter,
                    is_final="false" if term == "Q1" else "true",
                    credits_attempted=worth,
                    credits_earned=chance.choice([worth if letter not in ("F", "INC", "") else 0.0] * 19 + [""]),
                    course_code=code,
                )
        if chance.random() < 0.2:
            district.add(
                "sis_files__marks",
                mark_id=f"m{student}{school}{year}summer",
                student_id=student,
                section_id=f"c{school}{year}ENG",
                school_year=year,
                term="SS",
                letter_mark="B",
                is_final="true",
                credits_earned="1.0",
                course_code="ENG",
            )


def _add_student(district: RawDistrict, chance: random.Random, number: int) -> None:
    student = str(1000 + number)
    state_id = f"9{number:06d}"
    grade_rank = chance.randint(-1, 11)
    district.add("oneroster__users", sourced_id=f"u{student}", identifier=student, user_ids=f"{{StateID:{state_id}}}")
    district.add("oneroster__roles", sourced_id=f"r{student}", user_sourced_id=f"u{student}", role="student")
    race = chance.choice(["white", "asian", "black_or_african_american", "white,asian", ""])
    flags = {name: "true" for name in race.split(",") if name}
    district.add(
        "oneroster__demographics",
        sourced_id=f"u{student}",
        sex=chance.choice(["female", "male", "other", ""]),
        hispanic_or_latino_ethnicity=chance.choice(["true", "false", "false"]),
        **flags,
    )
    _add_statuses(district, chance, student)
    likelihood = chance.choice([0.02, 0.05, 0.1, 0.2])
    for year in SCHOOL_YEARS:
        grade = _grade(grade_rank + year - SCHOOL_YEARS[0])
        homes = [school for school, grades in SCHOOLS.items() if grade in grades]
        for school, begin, end in _stays(chance, homes, year):
            district.add(
                "oneroster__enrollments",
                sourced_id=f"e{student}{school}{begin}",
                class_sourced_id=f"h{school}{year}{grade}",
                school_sourced_id=f"org{school}",
                user_sourced_id=f"u{student}",
                role="student",
                begin_date=begin,
                end_date=end,
            )
            _add_attendance(district, chance, likelihood, student, school, year, begin, end)
            if chance.random() < 0.1:
                _add_incident(district, student, school, begin, chance.choice(["OSS", "ISS"]))
            test_day = date(year, 4, 15)
            if grade in ("03", "04", "05", "06", "07", "08", "11") and begin <= test_day < (end or date(year, 7, 1)):
                _add_results(district, chance, state_id, school, year, grade)


def _grade(rank: int) -> str:
    return "PK" if rank < 0 else "KG" if rank == 0 else f"{min(rank, 12):02d}"


def _stays(chance: random.Random, homes: list[str], year: int) -> list[tuple[str, date, date | None]]:
    """Stays of one year at most touching by a few days, so that at most two schools share a date."""
    first, home = date(year - 1, 8, 20), chance.choice(homes)
    kind = chance.choice(["whole", "whole", "late", "leaves", "moves", "nearly_to_the_end", "absent"])
    if kind == "whole":
        return [(home, first, None)]
    if kind == "late":
        return [(home, first + timedelta(days=chance.choice([20, 42, 43, 100])), None)]
    if kind == "leaves":
        return [(home, first, first + timedelta(days=chance.choice([5, 30, 41, 42, 43, 150])))]
    if kind == "moves":
        leaves = first + timedelta(days=chance.randint(20, 200))
        back = leaves + timedelta(days=chance.choice([-4, 0, 9, 10, 11, 12, 40]))
        other = chance.choice(homes)
        if other == home:
            back = max(back, leaves)
        return [(home, first, leaves), (other, back, None)]
    if kind == "nearly_to_the_end":
        return [(home, first, date(year, 6, 9) - timedelta(days=chance.choice([5, 9, 10, 11])))]
    return []


def _add_attendance(
    district: RawDistrict,
    chance: random.Random,
    likelihood: float,
    student: str,
    school: str,
    year: int,
    begin: date,
    end: date | None,
) -> None:
    if school == "103" and year == SCHOOL_YEARS[0]:
        return
    for day in school_days(school, year):
        sent = not (school == "102" and day > date(2026, 3, 13))
        if sent and begin <= day < (end or date.max) and chance.random() < likelihood:
            district.add(
                "sis_files__attendance",
                attendance_id=f"a{student}{school}{day}",
                student_id=student,
                school_id=school,
                school_year=year,
                attendance_date=f"{day.month}/{day.day}/{day.year}",
                attendance_code=chance.choice(["EXC", "UNX", "UNX", "OSS", "ISS", "TDY"]),
                day_fraction=chance.choice(["", "", "0.5", "0.25"]),
                record_basis="exceptions",
            )


def _add_incident(district: RawDistrict, student: str, school: str, begin: date, action_code: str) -> None:
    """One incident with one to three actions; lengths are parts of days, days, or missing."""
    own = random.Random(f"{student}{school}{begin}")
    for number, code in enumerate([action_code, *own.choices(["OSS", "ISS", "EXP", "DET"], k=own.randint(0, 2))]):
        district.add(
            "sis_files__discipline",
            action_id=f"d{student}{school}{begin}{number}",
            incident_id=f"{int(student) % 7}{begin}",
            student_id=student,
            school_id=school,
            incident_date=begin + timedelta(days=3),
            action_code=code,
            duration_days=own.choice(["0.25", "0.5", "1", "3", ""]),
        )


def _add_statuses(district: RawDistrict, chance: random.Random, student: str) -> None:
    def add(kind: str, code: str, begin: date, end: date | None) -> None:
        district.add(
            "sis_files__statuses",
            status_id=f"s{student}{kind}{begin}",
            student_id=student,
            status_type=kind,
            status_code=code,
            begin_date=begin,
            end_date=end,
        )

    if chance.random() < 0.3:
        reclassified = chance.choice([date(2024, 6, 30), date(2024, 7, 1), date(2025, 2, 1), date(2025, 6, 30)])
        add("EL", "EL", date(2020, 8, 20), reclassified)
        add("EL", "RFEP", reclassified + timedelta(days=1), None)
    if chance.random() < 0.2:
        add("IEP", "IEP", date(2024, 9, 1), chance.choice([None, date(2025, 3, 1)]))
    add("MEAL", chance.choice(["FREE", "REDUCED", "PAID"]), date(2025, 7, 1), date(2026, 6, 30))


def _add_results(
    district: RawDistrict, chance: random.Random, state_id: str, school: str, year: int, grade: str
) -> None:
    already = {row["result_id"] for row in district.rows["assessment_files__results"]}
    for subject, cut in CUT_OF_MET.items():
        result_id = f"t{state_id}{year}{subject}"
        status = chance.choice(["VALID", "VALID", "VALID", "REFUSED"])
        if result_id in already or chance.random() < 0.1:
            continue
        district.add(
            "assessment_files__results",
            result_id=result_id,
            instrument="STATE",
            school_year=f"{year - 1}-{year}",
            student_id=state_id,
            student_id_type="state",
            school_id=school,
            subject=subject,
            tested_grade=grade,
            scale_score=cut + chance.randint(-150, 250) if status == "VALID" else "",
            status_code=status,
            test_date=date(year, 4, 15),
        )


def _add_growth(district: RawDistrict, chance: random.Random) -> None:
    """Growth of the last year for whoever has a valid score, without a percentile for some and a target for others."""
    for row in list(district.rows["assessment_files__results"]):
        if row["status_code"] != "VALID" or int(row["school_year"][-4:]) != SCHOOL_YEARS[-1]:
            continue
        district.add(
            "growth_files__percentiles",
            state_student_id=row["student_id"],
            school_year=row["school_year"],
            school_id=row["school_id"],
            subject=row["subject"],
            tested_grade=row["tested_grade"],
            growth_percentile=chance.choice(["", 1, 34, 35, 50, 65, 66, 99]),
            adequate_percentile=chance.choice(["", 1, 34, 50, 66, 99]),
            prior_performance_level=chance.choice(["", "Level 2", "Level 3", "1", "4"]),
            prior_proficient=chance.choice(["", "", "", "Yes", "No"]),
        )
