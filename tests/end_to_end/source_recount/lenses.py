"""Which groups a student belongs to, year by year."""

import pandas as pd

from tests.end_to_end.source_recount.delivered import Delivered, dates
from tests.end_to_end.source_recount.enrollment import students

RACES = {
    "americanIndianOrAlaskaNative": "american_indian",
    "asian": "asian",
    "blackOrAfricanAmerican": "black",
    "nativeHawaiianOrOtherPacificIslander": "pacific_islander",
    "white": "white",
}
GENDERS = {"female": "female", "male": "male", "other": "nonbinary"}
IN_GROUP = {
    "english_learner": ("EL", {"EL", "LTEL"}),
    "disability": ("IEP", None),
    "economic_disadvantage": ("MEAL", {"FREE", "REDUCED"}),
    "homeless": ("HOMELESS", None),
}
"""Status type of each lens, and the codes that are in the group; None where every code is."""


def demographics(delivered: Delivered) -> pd.DataFrame:
    """Race and ethnicity and gender, by student number."""
    rows = delivered.rows("oneroster/demographics.csv").merge(
        students(delivered).dropna(subset="student"), left_on="sourcedId", right_on="user"
    )
    flags = rows[list(RACES)] == "true"
    race = flags.idxmax(axis=1).map(RACES).where(flags.sum(axis=1) == 1, "unknown")
    race = race.mask((flags.sum(axis=1) > 1) | (rows["demographicRaceTwoOrMoreRaces"] == "true"), "two_or_more")
    race = race.mask(rows["hispanicOrLatinoEthnicity"] == "true", "hispanic")
    gender = rows["sex"].map(GENDERS).fillna("unknown")
    return pd.DataFrame(
        {"race_ethnicity": race.to_list(), "gender": gender.to_list()}, index=pd.Index(rows["student"], name="student")
    )


def statuses(delivered: Delivered, student_years: pd.MultiIndex) -> pd.DataFrame:
    """Membership of each student and year in each status group, ever from 1 July to 30 June."""
    rows = delivered.rows("sis/statuses.csv")
    begin, end = dates(rows["begin_date"]), dates(rows["end_date"])
    found = pd.DataFrame(index=student_years)
    years = student_years.get_level_values("school_year")
    for lens, (kind, codes) in IN_GROUP.items():
        is_kind = rows["status_type"] == kind
        is_in = is_kind & (rows["status_code"].isin(codes) if codes else True)
        answer = pd.Series("unknown", student_years)
        for year in years.unique():
            july, june = pd.Timestamp(year - 1, 7, 1), pd.Timestamp(year, 6, 30)
            touches = (begin <= june) & (end.isna() | (end >= july))
            if not (is_kind & touches).any():
                continue
            members = set(rows.loc[is_in & touches, "student_id"])
            of_year = years == year
            answer[of_year] = [
                "yes" if student in members else "no" for student in student_years[of_year].get_level_values("student")
            ]
        found[lens] = answer
    return found
