"""Staff, their training, and how schools are staffed on the census day."""

import pandas as pd

from tests.end_to_end.source_recount.delivered import Delivered, dates, spring_year
from tests.end_to_end.source_recount.enrollment import census_day, spells, with_levels

FTE_PARTS = 100
NEW_TO_TEACHING = 3
"""Teachers with fewer completed years than these."""


def staff_years(delivered: Delivered) -> pd.DataFrame:
    """Everyone who taught in a year or in the year before, at both scopes."""
    rows = delivered.rows("hr/assignments.csv")
    staff = delivered.rows("hr/staff.csv").set_index("staff_id")
    hired = spring_year(dates(staff["hire_date"]))
    at_hire = staff["years_experience_at_hire"].astype(float)
    assigned = pd.DataFrame(
        {
            "person": rows["staff_id"],
            "school": rows["school_id"],
            "school_year": rows["school_year"].astype(int),
            "is_teacher": (rows["job_title"] == "Teacher").astype(int),
            "fte": _parts(rows["fte"]),
        }
    )
    assigned["fte"] *= assigned["is_teacher"]
    years = set(assigned["school_year"])
    scopes = []
    for scope, keys in (("district", ["person", "school_year"]), ("school", ["person", "school_year", "school"])):
        worked = assigned.groupby(keys, as_index=False).agg(is_teacher=("is_teacher", "max"), fte=("fte", "sum"))
        before = worked.loc[worked["is_teacher"] == 1, keys].assign(was_teacher_before=1)
        before["school_year"] += 1
        known = worked.merge(before[before["school_year"].isin(years)], how="outer", on=keys)
        scopes.append(known.assign(scope=scope, school=known["school"] if scope == "school" else "district"))
    both = pd.concat(scopes, ignore_index=True)
    numbers = ["is_teacher", "fte", "was_teacher_before"]
    both[numbers] = both[numbers].fillna(0).astype(int)
    experience = both["person"].map(at_hire) + both["school_year"] - both["person"].map(hired)
    both["is_retained_teacher"] = both["was_teacher_before"] * both["is_teacher"]
    both["is_experience_known"] = both["is_teacher"] * experience.notna()
    both["is_experience_unknown"] = both["is_teacher"] * experience.isna()
    both["teacher_fte_known"] = both["fte"] * experience.notna()
    both["teacher_fte_inexperienced"] = both["fte"] * (experience < NEW_TO_TEACHING)
    return with_levels(both, delivered).drop(columns="fte")


def training_records(delivered: Delivered) -> pd.DataFrame:
    """Courses taken up, once for the district and once for each school that the member of staff works at."""
    rows = delivered.rows("training/training_records.csv")
    taken = pd.DataFrame(
        {
            "trainee_key": rows["staff_id"],
            "school_year": spring_year(dates(rows["enrolled_on"].fillna(rows["completed_on"]))),
            "is_enrolled": 1,
            "is_completed": (rows["status"] == "completed").astype(int),
        }
    )
    assignments = delivered.rows("hr/assignments.csv")
    places = pd.DataFrame(
        {
            "trainee_key": assignments["staff_id"],
            "school": assignments["school_id"],
            "school_year": assignments["school_year"].astype(int),
        }
    ).drop_duplicates()
    at_schools = taken.merge(places, on=["trainee_key", "school_year"]).assign(scope="school")
    both = pd.concat([taken.assign(scope="district", school="district"), at_schools], ignore_index=True)
    return with_levels(both, delivered)


def school_staffing(delivered: Delivered) -> pd.DataFrame:
    """Students, teachers and teachers' positions of each census day, at both scopes."""
    students, teachers, positions = _census_students(delivered), _census_teachers(delivered), _positions(delivered)
    scopes = []
    for scope, keys in (("district", ["school_year"]), ("school", ["school_year", "school"])):
        counted = positions.groupby(keys).sum(numeric_only=True)
        counted = counted.join(students.groupby(keys)["student"].nunique().rename("students"), how="outer")
        counted = counted.join(teachers.groupby(keys)["teacher_fte"].sum(), how="outer")
        counted = counted.fillna(0).astype(int).reset_index()
        scopes.append(counted.assign(scope=scope, school=counted["school"] if scope == "school" else "district"))
    both = pd.concat(scopes, ignore_index=True)
    taught = both["teacher_fte"] > 0
    both["students_with_teachers"] = both["students"].where(taught, 0)
    both["students_without_known_teachers"] = both["students"].where(~taught, 0)
    both["teacher_fte_on_census"] = both["teacher_fte"].where(both["students"] > 0, 0)
    return with_levels(both, delivered)


def _census_students(delivered: Delivered) -> pd.DataFrame:
    stays = spells(delivered)
    october = census_day(stays["school_year"])
    return stays[(stays["entry"] <= october) & (stays["exit"] >= october)]


def _census_teachers(delivered: Delivered) -> pd.DataFrame:
    rows = delivered.rows("hr/assignments.csv")
    years = rows["school_year"].astype(int)
    october = census_day(years)
    holds = ~(dates(rows["begin_date"]) > october) & ~(dates(rows["end_date"]) < october)
    teachers = pd.DataFrame({"school": rows["school_id"], "school_year": years, "teacher_fte": _parts(rows["fte"])})
    return teachers[holds & (rows["job_title"] == "Teacher")]


def _positions(delivered: Delivered) -> pd.DataFrame:
    rows = delivered.rows("hr/positions.csv")
    rows = rows[(rows["job_title"] == "Teacher") & (rows["budgeted_fte"].astype(float) > 0)]
    known = rows["filled_fte"].notna()
    budgeted, filled = _parts(rows["budgeted_fte"]), _parts(rows["filled_fte"].fillna("0"))
    return pd.DataFrame(
        {
            "school": rows["school_id"],
            "school_year": rows["school_year"].astype(int),
            "known_teacher_positions": known.astype(int),
            "unknown_teacher_positions": (~known).astype(int),
            "budgeted_teacher_fte": budgeted.where(known, 0),
            # A position filled beyond its budget makes up for no other.
            "unfilled_teacher_fte": (budgeted - filled).clip(lower=0).where(known, 0),
        }
    )


def _parts(texts: pd.Series) -> pd.Series:
    return (texts.astype(float) * FTE_PARTS).round().astype(int)
