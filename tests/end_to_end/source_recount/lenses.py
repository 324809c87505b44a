"""Which groups a student belongs to by birth, by school and by programme."""

from collections.abc import Iterable

import pandas as pd

from tests.end_to_end.source_recount.delivered import Delivered
from tests.end_to_end.source_recount.enrollment import STUDENT_YEAR, students

RACES = {
    "americanIndianOrAlaskaNative": "american_indian",
    "asian": "asian",
    "blackOrAfricanAmerican": "black",
    "nativeHawaiianOrOtherPacificIslander": "pacific_islander",
    "white": "white",
}
GENDERS = {"female": "female", "male": "male", "other": "nonbinary"}
MEDIUM_SESSIONS, HIGH_SESSIONS = 10, 30


def demographics(delivered: Delivered) -> pd.DataFrame:
    """Race and ethnicity, all races alone or in combination, and gender, by student number."""
    rows = delivered.rows("oneroster/demographics.csv").merge(
        students(delivered).dropna(subset="student"), left_on="sourcedId", right_on="user"
    )
    flags = rows[list(RACES)] == "true"
    hispanic = rows["hispanicOrLatinoEthnicity"] == "true"
    middle_eastern = rows["metadata.middleEasternOrNorthAfrican"] == "true"
    race = flags.idxmax(axis=1).map(RACES).where(flags.sum(axis=1) == 1, "unknown")
    race = race.mask((flags.sum(axis=1) > 1) | (rows["demographicRaceTwoOrMoreRaces"] == "true"), "two_or_more")
    groups = flags.rename(columns=RACES).assign(hispanic=hispanic, middle_eastern=middle_eastern)
    groups["unknown"] = ~groups.any(axis=1)
    return pd.DataFrame(
        {
            "race_ethnicity": race.mask(hispanic, "hispanic").to_list(),
            "race_spd15": [delimited(groups.columns[row]) for row in groups.to_numpy()],
            "gender": rows["sex"].map(GENDERS).fillna("unknown").to_list(),
        },
        index=pd.Index(rows["student"], name="student"),
    )


def school_groups(delivered: Delivered) -> pd.DataFrame:
    """Region and feeder pattern by school."""
    return delivered.rows("plan/schools.csv").set_index("school_id")[["region", "feeder"]]


def programs(delivered: Delivered, student_years: pd.DataFrame) -> pd.DataFrame:
    """Programmes of each student and year, alone and with dosage, delimited."""
    rows = delivered.rows("sis/programs.csv")
    taken = pd.DataFrame(
        {
            "student": rows["student_id"],
            "school_year": rows["school_year"].astype(int),
            "program": rows["program_code"],
            "sessions": rows["sessions_attended"].astype(int),
        }
    )
    taken = taken.groupby([*STUDENT_YEAR, "program"], as_index=False).sum()
    dosage = pd.Series("low", taken.index).mask(taken["sessions"] >= MEDIUM_SESSIONS, "medium")
    taken["program_dosage"] = taken["program"] + ":" + dosage.mask(taken["sessions"] >= HIGH_SESSIONS, "high")
    told = student_years["school_year"].isin(taken["school_year"])
    nothing = pd.Series("|none|", student_years.index).where(told, "|unknown|")
    by_student_year = taken.groupby(STUDENT_YEAR)
    found = {}
    for lens in ("program", "program_dosage"):
        joined = student_years[STUDENT_YEAR].join(by_student_year[lens].agg(delimited), on=STUDENT_YEAR)
        found[lens] = joined[lens].fillna(nothing)
    return pd.DataFrame(found)


def delimited(names: Iterable[str]) -> str:
    """As `|asian|white|`."""
    return "".join(f"|{name}" for name in sorted(names)) + "|"
