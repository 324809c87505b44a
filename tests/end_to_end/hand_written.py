"""The metrics once more, as an analyst would write them in SQL over the published marts.

Nothing here is read from the definitions: a component that is defined otherwise than it is written here is a fault of
one of the two.
"""

from collections.abc import Iterable

import duckdb

Group = tuple[int | str, ...]
"""School year, then the members of the dimensions."""


def flags(*columns: str, **named: str) -> dict[str, str]:
    """Components that count the rows in which a flag is set; `named` has those called otherwise than their column."""
    return {component: f"count(*) filter (where {column} = 1)" for component, column in named.items()} | {
        column: f"count(*) filter (where {column} = 1)" for column in columns
    }


def amounts(**named: str) -> dict[str, str]:
    """Components that add up an amount."""
    return {component: f"sum({expression})" for component, expression in named.items()}


STUDENT_YEARS = {
    # enrolment
    **flags(
        enrollment="is_enrolled",
        enrollment_census="is_enrolled_on_census",
        enrollment_unknown_students="is_enrollment_unknown",
        stable_students="is_stable",
        stability_eligible_students="is_stability_eligible",
        stability_unknown_students="is_stability_unknown",
        mobility_eligible_students="is_mobility_eligible",
        mobile_students="is_mobile",
        mobility_unknown_students="is_mobility_unknown",
    ),
    **amounts(student_moves="mobility_moves"),
    # attendance
    **amounts(
        membership_days="membership_days",
        absent_days="absent_days",
        attended_days="membership_days - absent_days",
        adm="average_membership",
        ada="average_attendance",
        tardy_days="tardy_count",
        tardiness_membership_days="tardy_membership_days",
    ),
    **flags(
        attendance_known_students="is_attendance_known",
        attendance_unknown_students="is_attendance_unknown",
        chronic_eligible_students_federal="is_chronic_eligible_federal",
        chronically_absent_students_federal="is_chronically_absent_federal",
        chronic_eligible_students_ca_dashboard="is_chronic_eligible_ca_dashboard",
        chronically_absent_students_ca_dashboard="is_chronically_absent_ca_dashboard",
        chronic_eligible_students_severe="is_chronic_eligible_severe",
        chronically_absent_students_severe="is_chronically_absent_severe",
        truant_students="is_truant",
        truancy_known_students="is_truancy_known",
        truancy_unknown_students="is_truancy_unknown",
        tardiness_known_students="is_tardiness_known",
        tardiness_unknown_students="is_tardiness_unknown",
    ),
    "absent_20_plus_students": "count(*) filter (where absent_days >= 20)",
    "satisfactory_attendance_students": "count(*) filter (where absent_days * 20 < membership_days)",
    # discipline
    **flags(
        suspended_students="has_oss",
        discipline_known_students="is_oss_eligible",
        discipline_unknown_students="is_discipline_unknown",
        in_school_suspended_students="has_iss",
        expelled_students="has_expulsion",
        suspension_days_known_students="is_oss_days_known",
        suspension_days_unknown_students="is_oss_days_unknown",
        suspended_students_ca_dashboard="has_suspension_ca_dashboard",
        suspension_known_students_ca_dashboard="is_suspension_ca_dashboard_eligible",
        suspension_unknown_students_ca_dashboard="is_suspension_ca_dashboard_unknown",
    ),
    **amounts(suspension_incidents="suspension_incidents", suspension_days="oss_days"),
    # achievement
    **flags(
        grade3_reading_scored_students="grade3_reading_scored",
        grade3_reading_proficient_students="grade3_reading_proficient",
        grade3_reading_unknown_students="is_grade3_reading_unknown",
        expected_students_ela="ela_expected",
        participated_students_ela="ela_participated",
        scored_students_ela="ela_scored",
        proficient_students_ela="ela_proficient",
        placed_students_ela="ela_distance_scored",
        results_unknown_students_ela="ela_unknown",
        scale_scored_students_ela="ela_scale_scored",
        gain_scored_students_ela="ela_gain_scored",
        gain_unknown_students_ela="ela_gain_unknown",
        expected_students_math="math_expected",
        participated_students_math="math_participated",
        scored_students_math="math_scored",
        proficient_students_math="math_proficient",
        placed_students_math="math_distance_scored",
        results_unknown_students_math="math_unknown",
        scale_scored_students_math="math_scale_scored",
        gain_scored_students_math="math_gain_scored",
        gain_unknown_students_math="math_gain_unknown",
    ),
    **amounts(
        standard_distance_points_ela="ela_distance_points",
        scale_points_ela="ela_scale_points",
        gain_points_ela="ela_gain_points",
        standard_distance_points_math="math_distance_points",
        scale_points_math="math_scale_points",
        gain_points_math="math_gain_points",
    ),
    # courses
    **flags(
        course_marked_students="is_course_marked",
        course_failing_students="has_course_failure",
        marks_unknown_students="is_marks_unknown",
        grade9_core_marked_students="is_grade9_core_marked",
        grade9_core_failing_students="has_grade9_core_failure",
        grade9_core_unknown_students="is_grade9_core_unknown",
        gpa_unknown_students="is_gpa_unknown",
        grade9_gpa_students="is_grade9_gpa_known",
        grade9_gpa_b_students="is_grade9_gpa_b",
        grade9_gpa_unknown_students="is_grade9_gpa_unknown",
        grade9_on_track_eligible_students="is_grade9_on_track_eligible",
        grade9_on_track_students="is_grade9_on_track",
        grade9_on_track_unknown_students="is_grade9_on_track_unknown",
        credits_on_pace_eligible_students="is_credits_on_pace_eligible",
        credits_on_pace_students="is_credits_on_pace",
        credits_on_pace_unknown_students="is_credits_on_pace_unknown",
        algebra1_grade8_eligible_students="is_algebra1_grade8_eligible",
        algebra1_by_grade8_students="has_algebra1_by_grade8",
        algebra1_grade8_unknown_students="is_algebra1_grade8_unknown",
        algebra1_grade9_eligible_students="is_algebra1_grade9_eligible",
        algebra1_by_grade9_students="has_algebra1_by_grade9",
        algebra1_grade9_unknown_students="is_algebra1_grade9_unknown",
    ),
    "gpa_students": "count(gpa)",
    **amounts(gpa_total="gpa"),
    # college and career
    **flags(
        ap_participation_eligible_students="is_ap_participation_eligible",
        ap_course_students="has_ap_course",
        ap_participation_unknown_students="is_ap_participation_unknown",
        ap_tested_students="is_ap_tested",
        ap_successful_students="has_ap_success",
        ap_success_unknown_students="is_ap_success_unknown",
        dual_enrollment_eligible_students="is_dual_enrollment_eligible",
        dual_enrolled_students="is_dual_enrolled",
        dual_enrollment_successful_students="has_dual_enrollment_success",
        dual_enrollment_unknown_students="is_dual_enrollment_unknown",
        dropout_eligible_students="is_dropout_eligible",
        dropped_out_students="is_dropout",
        dropout_unknown_students="is_dropout_unknown",
        first_fall_known_graduates="is_first_fall_known",
        first_fall_enrolled_graduates="is_in_college_first_fall",
        first_fall_unknown_graduates="is_first_fall_unknown",
        second_fall_known_graduates="is_second_fall_known",
        second_fall_enrolled_graduates="is_in_college_second_fall",
        second_fall_unknown_graduates="is_second_fall_unknown",
    ),
    # English learners, special education
    **flags(
        el_progress_tested_students="is_el_progress_tested",
        el_progressing_students="is_el_progressing",
        el_progress_unknown_students="is_el_progress_unknown",
        census_english_learners="is_el_on_census",
        reclassified_students="is_reclassified",
        long_term_english_learners="is_ltel",
        census_english_learner_unknown_students="is_el_on_census_unknown",
        census_iep_known_students="is_iep_on_census_known",
        census_iep_students="has_iep_on_census",
        census_iep_unknown_students="is_iep_on_census_unknown",
        census_section_504_known_students="is_section_504_on_census_known",
        census_section_504_students="has_section_504_on_census",
        census_section_504_unknown_students="is_section_504_on_census_unknown",
    ),
    # growth
    **flags(
        sgp_students_ela="ela_sgp_known",
        low_growth_students_ela="ela_low_growth",
        high_growth_students_ela="ela_high_growth",
        growth_unknown_students_ela="ela_sgp_unknown",
        catch_up_students_ela="ela_catch_up_eligible",
        catching_up_students_ela="ela_catch_up_reached",
        catch_up_unknown_students_ela="ela_catch_up_unknown",
        keep_up_students_ela="ela_keep_up_eligible",
        keeping_up_students_ela="ela_keep_up_reached",
        keep_up_unknown_students_ela="ela_keep_up_unknown",
        sgp_students_math="math_sgp_known",
        low_growth_students_math="math_low_growth",
        high_growth_students_math="math_high_growth",
        growth_unknown_students_math="math_sgp_unknown",
        catch_up_students_math="math_catch_up_eligible",
        catching_up_students_math="math_catch_up_reached",
        catch_up_unknown_students_math="math_catch_up_unknown",
        keep_up_students_math="math_keep_up_eligible",
        keeping_up_students_math="math_keep_up_reached",
        keep_up_unknown_students_math="math_keep_up_unknown",
    ),
    **amounts(
        sgp_points_ela="ela_sgp_points",
        sgp_points_math="math_sgp_points",
    ),
}

SURVEY_ANSWERS = {
    **flags(favorable_answers="is_favorable", survey_answers="is_answered"),
    "survey_respondents": "count(distinct survey_response_key)",
}

TRAINING_RECORDS = {
    **flags(trainings="is_enrolled", completed_trainings="is_completed"),
    "trainees": "count(distinct trainee_key)",
}

STAFF_YEARS = {
    **flags(
        teachers_of_year_before="was_teacher_before",
        retained_teachers="is_retained_teacher",
        teachers_with_known_experience="is_experience_known",
        teachers_with_unknown_experience="is_experience_unknown",
    ),
    **amounts(known_teacher_fte="teacher_fte_known", inexperienced_teacher_fte="teacher_fte_inexperienced"),
}

COHORT_MEMBERS = flags(
    cohort_of_four_years="is_acgr_4yr_eligible",
    cohort_graduates_in_four_years="is_acgr_4yr_graduate",
    cohort_unknown_after_four_years="is_acgr_4yr_unknown",
    cohort_of_five_years="is_acgr_5yr_eligible",
    cohort_graduates_in_five_years="is_acgr_5yr_graduate",
    cohort_unknown_after_five_years="is_acgr_5yr_unknown",
)

INVITATIONS = amounts(
    invited_people="invited", responding_people="responded", uninvited_respondents="responded_uninvited"
)

STAFFING = amounts(
    unfilled_teacher_fte="unfilled_teacher_fte",
    budgeted_teacher_fte="budgeted_teacher_fte",
    known_teacher_positions="known_teacher_positions",
    unknown_teacher_positions="unknown_teacher_positions",
    students_with_known_teachers="students_with_teachers",
    students_without_known_teachers="students_without_known_teachers",
    census_teacher_fte="teacher_fte_on_census",
)

COMPONENTS = {
    "mart_student_year_by_scope": STUDENT_YEARS,
    "mart_survey_answer_by_scope": SURVEY_ANSWERS,
    "mart_training_record_by_scope": TRAINING_RECORDS,
    "mart_staff_year_by_scope": STAFF_YEARS,
    "mart_graduation_cohort_by_scope": COHORT_MEMBERS,
    "mart_survey_response_by_scope": INVITATIONS,
    "mart_school_staffing_by_scope": STAFFING,
    "mart_stocktake_by_scope": flags(stocktakes_due="is_due", stocktakes_held_on_time="is_on_time"),
    "mart_practice_action_by_scope": flags(actions_due="is_due", actions_closed_on_time="is_on_time"),
}
"""For each mart that metrics are counted from: component -> SQL expression over its rows."""

LENSES = {
    lens: lens
    for lens in (
        "school",
        "school_level",
        "grade_level",
        "race_ethnicity",
        "gender",
        "english_learner",
        "disability",
        "economic_disadvantage",
        "homeless",
        "attendance_band",
        "region",
        "feeder",
        "el_status",
        "disability_status",
        "disability_category",
        "economic_basis",
        "foster_care",
        "migrant",
        "military_family",
        "gifted",
        "mobility_status",
        "prior_performance_ela",
        "prior_performance_math",
        "prior_attendance_band",
        "discipline_history",
        "respondent_type",
        "survey_topic",
    )
} | {lens: f"{lens}_group.member" for lens in ("race_spd15", "program", "program_dosage")}
"""Dimension -> SQL expression over the rows of the marts that have it."""

OVERLAPPING = {"race_spd15", "program", "program_dosage"}
"""Dimensions of which a student may be in several groups, which stand delimited in one text: a row for each."""

COUNTED_BY_SCHOOL = {"school", "school_level"}
"""Dimensions in which a student counts once in each school attended."""


def hand_written_counts(
    database: duckdb.DuckDBPyConnection, mart: str, dimensions: Iterable[str]
) -> dict[Group, dict[str, float]]:
    """Every component of a mart for each year and group, added up exactly; nothing known adds up to 0."""
    dimensions = tuple(dimensions)
    scope = "school" if COUNTED_BY_SCHOOL.intersection(dimensions) else "district"
    lenses = "".join(f", {LENSES[dimension]}" for dimension in dimensions)
    expressions = COMPONENTS[mart]
    separated = "".join(
        f", unnest(string_split(trim({lens}, '|'), '|')) as {lens}_group(member)"
        for lens in dimensions
        if lens in OVERLAPPING
    )
    rows = database.execute(
        f"select school_year{lenses}, {', '.join(expressions.values())} "
        f"from marts.{mart}{separated} where scope = '{scope}' group by school_year{lenses}"
    ).fetchall()
    width = 1 + len(dimensions)
    return {
        tuple(row[:width]): dict(zip(expressions, (value or 0 for value in row[width:]), strict=True)) for row in rows
    }
