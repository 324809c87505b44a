"""Staff, their training, and answers to the survey: counts that know no student."""

import pandas as pd

from tests.end_to_end.source_recount.delivered import Delivered, dates, spring_year
from tests.end_to_end.source_recount.enrollment import school_levels

TOPICS = ("safety", "belonging", "relationships", "expectations", "voice")
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
            "fte": (rows["fte"].astype(float) * FTE_PARTS).round().astype(int),
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
    return _with_levels(both, delivered).drop(columns="fte")


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
    return _with_levels(both, delivered)


def survey_answers(delivered: Delivered) -> pd.DataFrame:
    """Answers with what the respondents said of themselves, at both scopes."""
    rows = delivered.rows("survey/climate_survey_*.csv")
    answers = rows.melt(
        id_vars=["response_id", "school_year", "school_id", "respondent_type", "grade", "race_ethnicity"],
        value_vars=[f"q_{topic}" for topic in TOPICS],
    ).dropna(subset="value")
    named = pd.DataFrame(
        {
            "survey_response_key": answers["school_year"] + "|" + answers["response_id"],
            "school": answers["school_id"],
            "school_year": answers["school_year"].astype(int),
            "respondent_type": answers["respondent_type"],
            "grade_level": answers["grade"].fillna("unknown"),
            "race_ethnicity": answers["race_ethnicity"].fillna("unknown"),
            "survey_topic": answers["variable"].str.removeprefix("q_"),
            "is_answered": 1,
            "is_favorable": (answers["value"].astype(float) >= 4).astype(int),
        }
    )
    named["school_level"] = named["school"].map(school_levels(delivered)).fillna("unknown")
    return pd.concat([named.assign(scope="school"), named.assign(scope="district", school="district")])


def _with_levels(rows: pd.DataFrame, delivered: Delivered) -> pd.DataFrame:
    return rows.assign(school_level=rows["school"].map(school_levels(delivered)).fillna("unknown"))
