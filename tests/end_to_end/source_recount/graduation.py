"""Cohorts of those who entered grade 9 together, judged in their fourth and in their fifth year."""

import pandas as pd

from tests.end_to_end.source_recount import college, enrollment, lenses, statuses
from tests.end_to_end.source_recount.delivered import Delivered
from tests.end_to_end.source_recount.student_years import observed

LENGTHS = (4, 5)
REMOVING = ["documented_transfer", "emigrated"]
EVER = ["english_learner", "disability", "economic_disadvantage", "homeless"]


def graduation_cohorts(delivered: Delivered) -> pd.DataFrame:
    """A row per student and length of the cohort in scope `district`, and at the last high school in scope `school`."""
    listed = college.cohort_list(delivered)
    years = observed(delivered)
    cohorts = pd.concat([_judged(listed, length) for length in LENGTHS], ignore_index=True)
    cohorts = cohorts[cohorts["school_year"].isin(years["school_year"])]
    people = lenses.demographics(delivered)
    for lens in ("race_ethnicity", "gender"):
        cohorts[lens] = cohorts["student"].map(people[lens]).fillna("unknown")
    cohorts = enrollment.with_levels(cohorts.join(_ever_in_group(cohorts, delivered, years)), delivered)
    of_schools = cohorts[cohorts["school"].notna()].assign(scope="school")
    return pd.concat([cohorts.assign(scope="district", school="district"), of_schools])


def _judged(listed: pd.DataFrame, length: int) -> pd.DataFrame:
    """Without who left with documentation; a class of which nobody has a diploma is unknown as a whole."""
    members = listed.assign(school_year=listed["grade9_year"] + length - 1)
    graduated = members["exit"] == "regular_diploma"
    in_time = members["class_year"] <= members["school_year"]
    known = members["school_year"].isin(members.loc[graduated, "class_year"])
    for of_length in LENGTHS:
        # A row of the one cohort counts nothing in the other.
        own = length == of_length
        members[f"is_acgr_{of_length}yr_eligible"] = (own & known).astype(int)
        members[f"is_acgr_{of_length}yr_graduate"] = (own & known & in_time & graduated).astype(int)
        members[f"is_acgr_{of_length}yr_unknown"] = (own & ~known).astype(int)
    return members[~(known & in_time & members["exit"].isin(REMOVING))]


def _ever_in_group(cohorts: pd.DataFrame, delivered: Delivered, years: pd.DataFrame) -> pd.DataFrame:
    """In the group in any delivered year up to that of the cohort; only years that all say no are a no."""
    own = years[enrollment.STUDENT_YEAR].drop_duplicates(ignore_index=True)
    dated = statuses.by_year(statuses.statuses(delivered), own["school_year"])
    groups = pd.concat([own.rename(columns={"school_year": "year"}), statuses.groups(dated, own)[EVER]], axis=1)
    joined = cohorts[enrollment.STUDENT_YEAR].reset_index().merge(groups, on="student")
    joined = joined[joined["year"] <= joined["school_year"]]
    # "yes" speaks before "unknown", and that before "no", which is their order in the alphabet turned round.
    return joined.groupby("index")[EVER].max().reindex(cohorts.index).fillna("unknown")
