"""English learners' progress and reclassification, and who is served by a plan on the census day."""

import pandas as pd

from tests.end_to_end.source_recount.delivered import Delivered, dates, spring_year
from tests.end_to_end.source_recount.enrollment import STUDENT_YEAR, are_among, census_day, students
from tests.end_to_end.source_recount.statuses import LEARNER, is_told

LONG_TERM_YEARS = 6
PROFICIENT = 45
"""In tenths of a level."""


def english_levels(delivered: Delivered) -> pd.DataFrame:
    """Overall levels of the test of English proficiency, in tenths: student, school, school_year, day, level."""
    rows = delivered.rows("assessment/access_*.csv").dropna(subset="Proficiency Level - Overall")
    rows = rows.merge(students(delivered).dropna(subset="student"), left_on="State Student ID", right_on="state_id")
    day = dates(rows["Test Completion Date"])
    return pd.DataFrame(
        {
            "student": rows["student"],
            "school": rows["School Number"],
            "school_year": spring_year(day),
            "day": day,
            "level": (rows["Proficiency Level - Overall"].astype(float) * 10).round().astype(int),
        }
    )


def census_measures(rows: pd.DataFrame, dated: pd.DataFrame, of_years: pd.DataFrame) -> pd.DataFrame:
    """Who of those in membership on the census day is an English learner or served by a plan on it."""
    here = rows["is_enrolled_on_census"] == 1
    holding = of_years[of_years["on_census"]]
    is_learner = (holding["kind"] == "EL") & holding["code"].isin(LEARNER)
    learner = here & are_among(rows, holding[is_learner])
    has_iep = are_among(rows, holding[holding["kind"] == "IEP"])
    has_504 = are_among(rows, holding[holding["kind"] == "504"])
    el_told, iep_told = is_told(of_years, "EL", rows), is_told(of_years, "IEP", rows)
    both_told = iep_told & is_told(of_years, "504", rows)
    october = census_day(rows["school_year"])
    first_learner = _first_day(rows, dated, LEARNER)
    reclassified = _first_day(rows, dated, {"RFEP"})
    june = pd.to_datetime({"year": rows["school_year"], "month": 6, "day": 30})
    flags = {
        "is_el_on_census": learner,
        "is_el_on_census_unknown": here & ~el_told,
        "is_reclassified": learner & (reclassified > october) & (reclassified <= june),
        "is_ltel": learner & (first_learner + pd.DateOffset(years=LONG_TERM_YEARS) <= october),
        "is_iep_on_census_known": here & iep_told,
        "has_iep_on_census": here & has_iep,
        "is_iep_on_census_unknown": here & ~iep_told,
        "is_section_504_on_census_known": here & both_told,
        "has_section_504_on_census": here & both_told & has_504 & ~has_iep,
        "is_section_504_on_census_unknown": here & ~both_told,
    }
    return pd.DataFrame(flags).astype(int)


def _first_day(rows: pd.DataFrame, dated: pd.DataFrame, codes: set[str]) -> pd.Series:
    records = dated[(dated["kind"] == "EL") & dated["code"].isin(codes)]
    return rows["student"].map(records.groupby("student")["begin"].min())


def english_progress(rows: pd.DataFrame, levels: pd.DataFrame, is_learner: pd.Series) -> pd.DataFrame:
    """A whole level gained on the district's latest test of the year before, or proficiency kept."""
    levels = levels.sort_values("day")
    of_district = levels.drop_duplicates(STUDENT_YEAR, keep="last").assign(school="district")
    of_school = levels.drop_duplicates([*STUDENT_YEAR, "school"], keep="last")
    now = rows[[*STUDENT_YEAR, "school"]].merge(pd.concat([of_district, of_school]), how="left")["level"]
    years_before = of_district.assign(school_year=of_district["school_year"] + 1)
    before = rows[STUDENT_YEAR].merge(years_before, how="left", on=STUDENT_YEAR)["level"]
    both = now.notna() & before.notna()
    progress = (now // 10 > before // 10) | ((now >= PROFICIENT) & (before >= PROFICIENT))
    tested_years = rows["school_year"].isin(levels["school_year"])
    comparable = tested_years & rows["school_year"].isin(levels["school_year"] + 1)
    flags = {
        "is_el_progress_tested": both.set_axis(rows.index),
        "is_el_progressing": (both & progress).set_axis(rows.index),
        "is_el_progress_unknown": (is_learner == 1) & ~comparable,
    }
    return pd.DataFrame(flags).astype(int)
