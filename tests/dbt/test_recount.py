"""The marts against a second count that walks the raw rows day by day."""

import pandas as pd
import pytest

from tests.dbt.conftest import BuiltDistrict
from tests.dbt.recount import recount

MEASURES = [
    "is_enrolled",
    "is_enrolled_on_census",
    "membership_days",
    "absent_days",
    "is_chronic_eligible_federal",
    "is_chronically_absent_federal",
    "is_chronic_eligible_ca_dashboard",
    "is_chronically_absent_ca_dashboard",
    "is_stability_eligible",
    "is_stable",
    "has_oss",
    "ela_expected",
    "ela_scored",
    "ela_proficient",
    "ela_distance_points",
    "math_expected",
    "math_scored",
    "math_proficient",
    "math_distance_points",
    # enrolment
    "is_mobility_eligible",
    "is_mobile",
    "mobility_moves",
    # attendance
    "is_chronic_eligible_severe",
    "is_chronically_absent_severe",
    "is_absent_20_plus",
    "is_attendance_satisfactory",
    "average_membership",
    "average_attendance",
    "unexcused_days",
    "is_truancy_known",
    "is_truant",
    "tardy_count",
    "tardy_membership_days",
    "is_tardiness_unknown",
    # discipline
    "has_iss",
    "has_expulsion",
    "suspension_incidents",
    "is_oss_days_known",
    "oss_days",
    "is_suspension_ca_dashboard_eligible",
    "has_suspension_ca_dashboard",
    "is_suspension_ca_dashboard_unknown",
    # scores
    "grade3_reading_scored",
    "grade3_reading_proficient",
    "ela_scale_scored",
    "ela_scale_points",
    "ela_gain_scored",
    "ela_gain_points",
    "math_scale_scored",
    "math_scale_points",
    "math_gain_scored",
    "math_gain_points",
    # courses
    "is_course_marked",
    "has_course_failure",
    "is_grade9_core_marked",
    "has_grade9_core_failure",
    "is_gpa_known",
    "gpa",
    "is_grade9_gpa_known",
    "is_grade9_gpa_b",
    "is_grade9_on_track_eligible",
    "is_grade9_on_track",
    "is_credits_on_pace_eligible",
    "is_credits_on_pace",
    "is_algebra1_grade8_eligible",
    "has_algebra1_by_grade8",
    "is_algebra1_grade9_eligible",
    "has_algebra1_by_grade9",
    # special populations
    "is_el_on_census",
    "is_reclassified",
    "is_ltel",
    "is_iep_on_census_known",
    "has_iep_on_census",
    "has_section_504_on_census",
    "is_section_504_on_census_unknown",
    # growth
    "ela_sgp_known",
    "ela_sgp_points",
    "ela_low_growth",
    "ela_high_growth",
    "ela_sgp_unknown",
    "ela_catch_up_eligible",
    "ela_catch_up_reached",
    "ela_catch_up_unknown",
    "ela_keep_up_eligible",
    "ela_keep_up_reached",
    "ela_keep_up_unknown",
    "math_sgp_known",
    "math_sgp_points",
    "math_low_growth",
    "math_high_growth",
    "math_sgp_unknown",
    "math_catch_up_eligible",
    "math_catch_up_reached",
    "math_catch_up_unknown",
    "math_keep_up_eligible",
    "math_keep_up_reached",
    "math_keep_up_unknown",
]
LENSES = [
    "grade_level",
    "race_ethnicity",
    "gender",
    "english_learner",
    "disability",
    "economic_disadvantage",
    "homeless",
    # statuses in detail
    "el_status",
    "disability_status",
    "disability_category",
    "economic_basis",
    "foster_care",
    "migrant",
    "military_family",
    "gifted",
    # history
    "mobility_status",
    "prior_attendance_band",
    "discipline_history",
    "prior_performance_ela",
    "prior_performance_math",
    # schools
    "region",
    "feeder",
    # groups that overlap
    "race_spd15",
    "program",
    "program_dosage",
]
KEYS = ["student_number", "school", "school_year"]


@pytest.fixture(scope="module")
def both(small_district: BuiltDistrict) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The mart and the second count, row by row in the same order."""
    mart = small_district.table(
        "marts.mart_student_year_by_scope inner join marts.dim_student using (student_key) "
        "select student_number, mart_student_year_by_scope.*"
    )
    counted = pd.DataFrame(
        [
            {"student_number": student, "school": school or "district", "school_year": year, **row}
            for (student, school, year), row in recount(small_district.raw).items()
        ]
    )
    return mart.set_index(KEYS).sort_index(), counted.set_index(KEYS).sort_index()


def test_the_same_student_years(both: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    mart, counted = both
    assert mart.index.to_list() == counted.index.to_list()
    assert len(mart) > 400


@pytest.mark.parametrize("column", [*MEASURES, *LENSES])
def test_same_value_for_every_student_year(both: tuple[pd.DataFrame, pd.DataFrame], column: str) -> None:
    mart, counted = both
    left, right = mart[column], counted[column]
    if column in MEASURES:
        left, right = left.astype("Float64"), right.astype("Float64")
    different = ~((left == right).fillna(False) | (left.isna() & right.isna()))
    assert not different.any(), pd.DataFrame({"mart": left, "recount": right})[different].head(10).to_string()


def test_the_district_exercises_what_it_should(both: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    _, counted = both
    district = counted.xs("district", level="school")
    moved = counted.drop("district", level="school").groupby(level=["student_number", "school_year"]).size()
    assert (moved > 1).sum() >= 5
    assert district["membership_days"].isna().sum() >= 5
    for measure in (
        "is_stable",
        "is_chronically_absent_federal",
        "has_oss",
        "ela_proficient",
        "is_mobile",
        "is_chronically_absent_severe",
        "is_absent_20_plus",
        "is_attendance_satisfactory",
        "is_truant",
        "is_tardiness_unknown",
        "has_iss",
        "has_expulsion",
        "oss_days",
        "has_suspension_ca_dashboard",
        "is_suspension_ca_dashboard_unknown",
        "has_course_failure",
        "has_grade9_core_failure",
        "is_grade9_gpa_b",
        "is_grade9_on_track",
        "is_credits_on_pace",
        "has_algebra1_by_grade8",
        "has_algebra1_by_grade9",
        "grade3_reading_proficient",
        "ela_gain_scored",
        "is_el_on_census",
        "is_reclassified",
        "has_iep_on_census",
        "ela_low_growth",
        "ela_high_growth",
        "ela_sgp_unknown",
        "ela_catch_up_reached",
        "ela_catch_up_unknown",
        "ela_keep_up_reached",
        "ela_keep_up_unknown",
    ):
        assert 0 < district[measure].fillna(0).sum() < len(district), measure
    assert set(district["english_learner"]) == {"yes", "no"}
    for lens in ("el_status", "disability_category", "mobility_status", "prior_attendance_band", "program_dosage"):
        assert district[lens].nunique() >= 3, lens
    assert set(district.xs(2025, level="school_year")["economic_disadvantage"]) == {"unknown"}


def test_rates_of_a_group_are_recounted_and_never_averaged(small_district: BuiltDistrict) -> None:
    year = small_district.table("marts.mart_student_year_by_scope").query("school_year == 2026")
    of_district = year.query("scope == 'district'")
    of_schools = year.query("scope == 'school'")
    assert of_schools["is_enrolled"].sum() > of_district["is_enrolled"].sum()
    days = small_district.table("marts.fct_attendance_day").query("is_district_record and school_year == 2026")
    assert days.groupby("student_key").size().sum() == of_district["membership_days"].sum()
    assert not days.duplicated(["student_key", "attendance_on"]).any()
