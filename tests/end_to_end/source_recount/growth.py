"""Growth percentiles once more from the state's files: how much students grew, and whether it is enough."""

import pandas as pd

from tests.end_to_end.source_recount.delivered import Delivered
from tests.end_to_end.source_recount.enrollment import students

SUBJECTS = {"ELA": "ela", "MATH": "math"}
LOWEST_PROFICIENT_LEVEL = 3


def percentiles(delivered: Delivered) -> pd.DataFrame:
    """The percentile of each student, subject and year that the state's files give one for."""
    rows = delivered.rows("growth/state_growth_*.csv")
    rows = rows[rows["sgp"].notna()].merge(
        students(delivered).dropna(subset="student"), left_on="ssid", right_on="state_id"
    )
    grown = pd.DataFrame(
        {
            "student": rows["student"],
            "school": rows["school_code"],
            "school_year": rows["admin_year"].astype(int),
            "subject": rows["subject"],
            "own": rows["sgp"].astype(int),
            "adequate": rows["agp"].astype(float),
            "level_before": rows["prior_performance_level"].astype(float),
        }
    )
    assert not grown.duplicated(["student", "subject", "school_year"]).any(), "the quarantine keeps second percentiles"
    assert grown["level_before"].notna().all(), "the state names the level before wherever it names a percentile"
    return grown


def growth_measures(grown: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Counts per student, year and, if it is among `keys`, school that the state names."""
    was_proficient = grown["level_before"] >= LOWEST_PROFICIENT_LEVEL
    is_targeted, is_enough = grown["adequate"].notna(), grown["own"] >= grown["adequate"]
    counts = {
        "sgp_known": grown["own"] > 0,
        "low_growth": grown["own"] <= 34,
        "high_growth": grown["own"] >= 66,
        "catch_up_eligible": ~was_proficient & is_targeted,
        "catch_up_reached": ~was_proficient & is_enough,
        "catch_up_unknown": ~was_proficient & ~is_targeted,
        "keep_up_eligible": was_proficient & is_targeted,
        "keep_up_reached": was_proficient & is_enough,
        "keep_up_unknown": was_proficient & ~is_targeted,
    }
    flags = pd.DataFrame({"sgp_points": grown["own"], **{name: flag.astype(int) for name, flag in counts.items()}})
    parts = []
    for subject, name in SUBJECTS.items():
        chosen = grown["subject"] == subject
        summed = pd.concat([grown.loc[chosen, keys], flags[chosen]], axis=1).groupby(keys).sum()
        parts.append(summed.add_prefix(f"{name}_"))
    return pd.concat(parts, axis=1).fillna(0).astype(int)


def unknown_without_a_file(rows: pd.DataFrame, grown: pd.DataFrame) -> pd.DataFrame:
    """Of a year of which the state sent nothing, the growth of all who were expected to test is unknown."""
    for subject, name in SUBJECTS.items():
        sent = set(grown.loc[grown["subject"] == subject, "school_year"])
        expected = rows[f"{name}_expected"].where(~rows["school_year"].isin(sent), 0)
        rows[f"{name}_sgp_unknown"] = expected
        rows[f"{name}_catch_up_unknown"] += expected
        rows[f"{name}_keep_up_unknown"] += expected
    return rows
