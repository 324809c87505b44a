"""What the year before says of a student, in the district as a whole."""

import pandas as pd

from tests.end_to_end.source_recount.enrollment import STUDENT_YEAR

LEVELS = {"1": "level_1", "2": "level_2", "3": "level_3", "4": "level_4"}


def prior_lenses(rows: pd.DataFrame, scored: pd.DataFrame, incidents: pd.DataFrame) -> pd.DataFrame:
    """Performance, attendance and discipline of the year before; without that year they are unknown."""
    found = {
        f"prior_performance_{name}": _performance(rows, scored[scored["subject"] == subject])
        for subject, name in (("ELA", "ela"), ("MATH", "math"))
    }
    of_district = rows[(rows["scope"] == "district") & (rows["is_enrolled"] == 1)]
    is_first = rows["school_year"] == rows["school_year"].min()
    band = _year_before(rows, of_district, "attendance_band").fillna("not_enrolled")
    counted = _year_before(rows, incidents, "incidents").fillna(0)
    history = pd.cut(counted, [-1, 0, 1, 3, float("inf")], labels=["none", "one", "few", "many"]).astype(object)
    found["prior_attendance_band"] = band.mask(is_first, "unknown")
    found["discipline_history"] = history.mask(band == "not_enrolled", "not_enrolled").mask(is_first, "unknown")
    return pd.DataFrame(found)


def _performance(rows: pd.DataFrame, scored: pd.DataFrame) -> pd.Series:
    levels = scored.assign(level=scored["level"].map(LEVELS).fillna("unknown"))
    told = rows["school_year"].isin(levels["school_year"] + 1)
    return _year_before(rows, levels, "level").fillna("no_prior").where(told, "unknown")


def _year_before(rows: pd.DataFrame, records: pd.DataFrame, column: str) -> pd.Series:
    shifted = records.assign(school_year=records["school_year"] + 1).set_index(STUDENT_YEAR)[column]
    return rows[STUDENT_YEAR].join(shifted, on=STUDENT_YEAR)[column]
