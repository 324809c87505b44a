"""Dated statuses of students: who was in which group on any day of a year, or on its census day."""

import pandas as pd

from tests.end_to_end.source_recount.delivered import Delivered, dates, spring_year
from tests.end_to_end.source_recount.enrollment import STUDENT_YEAR, are_among, census_day

LEARNER = {"EL", "LTEL"}
IN_GROUP = {
    "english_learner": ("EL", LEARNER),
    "disability": ("IEP", None),
    "economic_disadvantage": ("MEAL", {"FREE", "REDUCED"}),
    "homeless": ("HOMELESS", None),
    "foster_care": ("FOSTER", None),
    "migrant": ("MIGRANT", None),
    "military_family": ("MILITARY", None),
    "gifted": ("GIFTED", None),
}
"""Status type of each lens, and the codes that are in the group; None where every code is."""

CATEGORIES = {
    "AUT": "autism", "DB": "deaf_blindness", "DD": "developmental_delay", "DEAF": "deafness",
    "ED": "emotional_disturbance", "HI": "hearing_impairment", "ID": "intellectual_disability",
    "IEP": "not_stated", "MD": "multiple_disabilities", "OHI": "other_health_impairment",
    "OI": "orthopedic_impairment", "SLD": "specific_learning_disability", "SLI": "speech_or_language_impairment",
    "TBI": "traumatic_brain_injury", "VI": "visual_impairment",
}  # fmt: skip
"""What a code of an individualized education program says of the disability."""

MONITORED_YEARS = 4


def statuses(delivered: Delivered) -> pd.DataFrame:
    """What was delivered: student, kind, code, begin, and end, the last day, missing while open."""
    rows = delivered.rows("sis/statuses.csv")
    return pd.DataFrame(
        {
            "student": rows["student_id"],
            "kind": rows["status_type"],
            "code": rows["status_code"],
            "begin": dates(rows["begin_date"]),
            "end": dates(rows["end_date"]),
        }
    )


def by_year(dated: pd.DataFrame, years: pd.Series) -> pd.DataFrame:
    """The statuses of each year, 1 July to 30 June, with whether they hold on the census day."""
    crossed = dated.merge(pd.DataFrame({"school_year": years.unique()}), how="cross")
    july = pd.to_datetime({"year": crossed["school_year"] - 1, "month": 7, "day": 1})
    june = pd.to_datetime({"year": crossed["school_year"], "month": 6, "day": 30})
    october = census_day(crossed["school_year"])
    end = crossed["end"].fillna(pd.Timestamp.max)
    crossed["on_census"] = (crossed["begin"] <= october) & (end >= october)
    return crossed[(crossed["begin"] <= june) & (end >= july)]


def is_told(of_years: pd.DataFrame, kind: str, student_years: pd.DataFrame) -> pd.Series:
    """Whether anybody's status of the kind was delivered for the year; without one, nobody can say no."""
    return student_years["school_year"].isin(of_years.loc[of_years["kind"] == kind, "school_year"])


def groups(of_years: pd.DataFrame, student_years: pd.DataFrame) -> pd.DataFrame:
    """Every lens that a dated status decides, for each student and year."""
    found = {}
    for lens, (kind, codes) in IN_GROUP.items():
        in_group = of_years[(of_years["kind"] == kind) & (of_years["code"].isin(codes) if codes else True)]
        answer = are_among(student_years, in_group).map({True: "yes", False: "no"})
        found[lens] = answer.where(is_told(of_years, kind, student_years), "unknown")
    found["el_status"] = _el_status(of_years, student_years)
    found["disability_category"] = _disability_category(of_years, student_years)
    found["disability_status"] = _disability_status(of_years, student_years)
    found["economic_basis"] = found["economic_disadvantage"].map(
        # Nobody is certified directly in the sample district.
        {"yes": "meal_application", "no": "not_disadvantaged", "unknown": "unknown"}
    )
    return pd.DataFrame(found)


def _el_status(of_years: pd.DataFrame, student_years: pd.DataFrame) -> pd.Series:
    """Current on any day of the year, otherwise what the latest record says."""
    latest = _latest(of_years, "EL")
    assert set(latest["code"]) <= {*LEARNER, "RFEP"}, "other codes are not in the sample district"
    years_since = latest["school_year"] - spring_year(latest["begin"] - pd.Timedelta(days=1))
    latest["el_status"] = (years_since <= MONITORED_YEARS).map({True: "former_monitored", False: "former_later"})
    learners = of_years[(of_years["kind"] == "EL") & of_years["code"].isin(LEARNER)]
    status = _looked_up(latest, "el_status", student_years).fillna("never")
    status = status.mask(are_among(student_years, learners), "current")
    return status.where(is_told(of_years, "EL", student_years), "unknown")


def _disability_category(of_years: pd.DataFrame, student_years: pd.DataFrame) -> pd.Series:
    latest = _latest(of_years, "IEP")
    latest["category"] = latest["code"].map(CATEGORIES)
    category = _looked_up(latest, "category", student_years).fillna("none")
    return category.where(is_told(of_years, "IEP", student_years), "unknown")


def _disability_status(of_years: pd.DataFrame, student_years: pd.DataFrame) -> pd.Series:
    """A program under IDEA goes before a plan, and without word of plans nobody is known to have neither."""
    status = are_among(student_years, of_years[of_years["kind"] == "504"]).map({True: "section_504", False: "none"})
    told = is_told(of_years, "504", student_years) & is_told(of_years, "IEP", student_years)
    return status.where(told, "unknown").mask(are_among(student_years, of_years[of_years["kind"] == "IEP"]), "idea")


def _latest(of_years: pd.DataFrame, kind: str) -> pd.DataFrame:
    of_kind = of_years[of_years["kind"] == kind].sort_values("begin")
    return of_kind.drop_duplicates(STUDENT_YEAR, keep="last").copy()


def _looked_up(records: pd.DataFrame, column: str, student_years: pd.DataFrame) -> pd.Series:
    return student_years[STUDENT_YEAR].join(records.set_index(STUDENT_YEAR)[column], on=STUDENT_YEAR)[column]
