"""Rules on marts: silent on two steady years, and each speaks up when its own figure goes wrong."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from quality.identifying_columns import IDENTIFYING_COLUMNS
from quality.registry import metric_feeds
from quality.rule_evaluation import RuleResult
from quality.rule_inputs import FROZEN_INPUTS
from tests.quality.made_up_warehouse import RULES, MadeUpWarehouse

STEADY_YEARS = """
create temp table enrolled as
select n, 's' || n as student_key, if(n <= 30, 'a', 'b') as school_key, if(n <= 30, '101', '102') as school,
  y as school_year
from range(1, 61) as students(n), (values (2025), (2026)) as years(y);

insert into marts.dim_school by name
select school_key, school as school_number, 'elementary' as school_level, true as is_in_roster
from (select distinct school_key, school from enrolled);

insert into marts.dim_school_calendar by name
select school_key, d::date as date_on, 2026 as school_year, true as is_school_day
from (select distinct school_key from enrolled),
  generate_series(date '2026-05-04', date '2026-06-05', interval 1 day) as days(d)
where isodow(d) < 6;

insert into marts.fct_attendance_day by name
select if(school_key = 'a', 's1', 's31') as student_key, school_key, date_on as attendance_on, 2026 as school_year,
  if(school_key = 'a' and date_on = date '2026-05-20', 1, 0) as absent_fraction
from marts.dim_school_calendar;

insert into marts.fct_discipline_event by name
select 'd1' as discipline_event_key, 's1' as student_key, 'a' as school_key, date '2026-05-19' as incident_on,
  2026 as school_year, 'oss' as action_category;

insert into marts.fct_enrollment_spell by name select student_key, school_key, school_year from enrolled;

insert into marts.fct_attendance_student_school_year by name
select student_key, school_key, school_year, 100 as membership_days, 97.5 as attended_days, 2.5 as absent_days,
  true as is_attendance_known from enrolled;

insert into marts.fct_attendance_student_district_year by name
select student_key, school_year, 100 as membership_days, 97.5 as attended_days, 2.5 as absent_days,
  true as is_attendance_known from enrolled;

insert into marts.fct_assessment_result by name
select student_key, school_year, 'STATE' as instrument, 'ELA' as subject, '05' as tested_grade,
  2400 + n as scale_score, true as is_valid from enrolled;

insert into marts.fct_course_mark by name
select 'm' || n as course_mark_key, student_key, school_year, 'ELA09' as course_code, 'english' as core_subject,
  true as is_final, if(n = 1, 'INC', 'B') as letter_mark, if(n = 1, null, 3) as grade_points,
  if(n = 1, null, false) as is_failing from enrolled;

insert into marts.mart_student_year_by_scope by name
select scope, student_key, school_year, if(scope = 'school', school_key, null) as school_key,
  if(scope = 'school', school, 'district') as school, if(scope = 'school', 'elementary', 'district') as school_level,
  '05' as grade_level, 'white' as race_ethnicity, 'female' as gender, if(n % 10 = 0, 'yes', 'no') as english_learner,
  if(n % 8 = 0, 'yes', 'no') as disability, 'no' as economic_disadvantage, 'unknown' as homeless,
  'satisfactory' as attendance_band, 1 as is_enrolled, 1 as is_enrolled_on_census, 0 as is_enrollment_unknown,
  100 as membership_days, 97.5 as attended_days, 2.5 as absent_days, 1 as is_attendance_known,
  1 as is_chronic_eligible_federal, 0 as is_chronically_absent_federal, 1 as is_chronic_eligible_ca_dashboard,
  0 as is_chronically_absent_ca_dashboard,
  1 as is_chronic_eligible_severe, 0 as is_chronically_absent_severe, 0 as is_absent_20_plus,
  1 as is_attendance_satisfactory, 1 as average_membership, 0.975 as average_attendance,
  1 as is_mobility_eligible, n % 2 as is_mobile, n % 2 as mobility_moves,
  1 as is_truancy_known, 0 as is_truant, 1 as tardy_count, 100 as tardy_membership_days,
  0 as has_iss, 0 as has_expulsion, if(n = 1, 1, 0) as suspension_incidents, 1 as is_oss_days_known,
  if(n = 1, 2, 0) as oss_days, 1 as is_suspension_ca_dashboard_eligible,
  if(n = 1, 1, 0) as has_suspension_ca_dashboard, if(n = 1, 1, 0) as has_oss,
  1 as ela_expected, 1 as ela_participated, 1 as ela_scored, n % 2 as ela_proficient,
  1 as math_expected, 1 as math_participated, 1 as math_scored, n % 2 as math_proficient,
  1 as is_stability_eligible, 1 as is_stable,
  -- courses
  1 as is_course_marked, n % 2 as has_course_failure, 1 as is_grade9_core_marked, n % 2 as has_grade9_core_failure,
  1 as is_gpa_known, 3.5 as gpa, 1 as is_grade9_gpa_known, n % 2 as is_grade9_gpa_b,
  1 as is_grade9_on_track_eligible, n % 2 as is_grade9_on_track,
  1 as is_credits_on_pace_eligible, n % 2 as is_credits_on_pace,
  1 as is_algebra1_grade8_eligible, n % 2 as has_algebra1_by_grade8,
  1 as is_algebra1_grade9_eligible, n % 2 as has_algebra1_by_grade9,
  -- achievement
  1 as grade3_reading_scored, n % 2 as grade3_reading_proficient, 1 as ela_scale_scored, 1 as math_scale_scored,
  1 as ela_gain_scored, 1 as math_gain_scored,
  -- college and career
  1 as is_ap_participation_eligible, n % 2 as has_ap_course, 1 as is_ap_tested, n % 2 as has_ap_success,
  1 as is_dual_enrollment_eligible, 1 as is_dual_enrolled, n % 2 as has_dual_enrollment_success,
  1 as is_dropout_eligible, n % 2 as is_dropout, 1 as is_first_fall_known, n % 2 as is_in_college_first_fall,
  1 as is_second_fall_known, n % 2 as is_in_college_second_fall,
  -- special populations
  1 as is_el_progress_tested, n % 2 as is_el_progressing, 1 as is_el_on_census, n % 2 as is_reclassified,
  n % 2 as is_ltel, 1 as is_iep_on_census_known, n % 2 as has_iep_on_census, 1 as is_section_504_on_census_known,
  n % 2 as has_section_504_on_census
from enrolled, (values ('district'), ('school')) as scopes(scope);

insert into marts.mart_graduation_cohort_by_scope by name
select scope, student_key, school_year, n % 2 as is_acgr_4yr_eligible, n % 2 as is_acgr_4yr_graduate,
  0 as is_acgr_4yr_unknown, 0 as is_acgr_5yr_eligible, 0 as is_acgr_5yr_graduate, 1 - n % 2 as is_acgr_5yr_unknown
from enrolled, (values ('district'), ('school')) as scopes(scope);

insert into marts.mart_source_match by name
select 'sis_files__attendance' as source_table, match_to, 1000 as rows_total, rows_unmatched, 2 as warn_percent,
  10 as fatal_percent
from (values ('student', 20), ('school', 0)) as counted(match_to, rows_unmatched);

insert into marts.mart_identity_decision by name
select 'm' || row_number() over () as decision_id, decision_state
from (values ('applied'), ('no_effect'), ('pending'), ('revoked')) as states(decision_state);
"""

YEARS = "marts.mart_student_year_by_scope"
SOMEONE_2026 = "student_key = 's1' and school_year = 2026 and scope = 'district'"


@dataclass(frozen=True)
class Broken:
    """A change to the steady years, and the rules that must notice it (others may, too)."""

    rule_ids: tuple[str, ...]
    change: str


def _set(rule_ids: str, assignment: str, where: str = SOMEONE_2026) -> Broken:
    return Broken(tuple(rule_ids.split()), f"update {YEARS} set {assignment} where {where}")


BROKEN = (
    _set("AS-06-ela", "ela_participated = 0", "student_key <= 's13'"),
    _set("AS-06-math", "math_participated = 0", "student_key <= 's13'"),
    Broken(
        ("AS-09",), "update marts.fct_assessment_result set scale_score = scale_score + 10 where school_year = 2026"
    ),
    Broken(
        ("AT-03",),
        "update marts.fct_attendance_student_school_year set absent_days = 3 where student_key = 's1'",
    ),
    Broken(
        ("AT-03",), "update marts.fct_attendance_student_district_year set attended_days = -1 where student_key = 's1'"
    ),
    Broken(("AT-04",), "update marts.fct_attendance_student_district_year set membership_days = 186"),
    Broken(("AT-08",), "delete from marts.fct_attendance_day where school_key = 'b' and attendance_on > '2026-06-01'"),
    Broken(
        ("AT-09",),
        "update marts.fct_attendance_student_school_year set absent_days = 0 where school_key = 'b'",
    ),
    Broken(
        ("AT-09",),
        "update marts.fct_attendance_student_school_year set attended_days = 59 where school_key = 'b'",
    ),
    Broken(("AT-10",), "update marts.fct_attendance_day set absent_fraction = 0"),
    Broken(
        ("CR-12",),
        "update marts.fct_course_mark set letter_mark = '?', grade_points = null, is_failing = null "
        "where student_key = 's2'",
    ),
    Broken(("CR-13",), "update marts.fct_course_mark set core_subject = 'unknown' where student_key = 's2'"),
    Broken(
        ("DI-09",),
        "insert into marts.fct_discipline_event by name select 'd' || n as discipline_event_key, 's31' as student_key, "
        "'b' as school_key, 2025 as school_year, 'detention' as action_category from range(100, 121) as more(n)",
    ),
    Broken(("EN-13",), f"delete from {YEARS} where school_year = 2026 and student_key <= 's15'"),
    _set("EN-14", "grade_level = '04'", "school_year = 2026 and student_key <= 's20'"),
    _set("EN-15", "race_ethnicity = 'black'", "school_year = 2026 and student_key <= 's20'"),
    _set("EN-16", "is_enrollment_unknown = 1"),
    _set("PR-04", "disability = 'yes'", "student_key <= 's25'"),
    _set("PR-17", "english_learner = 'yes'", "school_year = 2026 and student_key <= 's15'"),
    _set(
        "MT-01-enrollment MT-01-census MT-01-attendance MT-01-chronic_federal MT-01-chronic_ca MT-01-oss MT-01-ela "
        "MT-01-math MT-01-stability MT-01-chronic_severe MT-01-attendance_known MT-01-average_days "
        "MT-01-mobility MT-01-truancy MT-01-tardiness MT-01-suspension_incidents MT-01-oss_days MT-01-suspension_ca "
        "MT-01-marks MT-01-ninth_core MT-01-gpa MT-01-ninth_gpa MT-01-on_track MT-01-on_pace MT-01-algebra_eight "
        "MT-01-algebra_nine MT-01-third_reading MT-01-scale_ela MT-01-scale_math MT-01-gain_ela MT-01-gain_math "
        "MT-01-ap_courses MT-01-ap_exams MT-01-dual_enrollment MT-01-dual_success MT-01-dropouts MT-01-first_fall "
        "MT-01-second_fall MT-01-el_progress MT-01-el_census MT-01-iep_census MT-01-section_plans",
        "gender = 'of another kind'",
    ),
    _set("MT-01-iss MT-01-expulsion", "has_iss = 1, has_expulsion = 1, gender = 'of another kind'"),
    _set("MT-01-enrollment", "race_ethnicity = null"),
    _set("MT-02-attendance", "attended_days = 100.5"),
    _set("MT-02-chronic_federal", "is_chronically_absent_federal = 2"),
    _set("MT-02-chronic_ca", "is_chronically_absent_ca_dashboard = 1, is_chronic_eligible_ca_dashboard = null"),
    _set("MT-02-census", "is_enrolled = 0"),
    _set("MT-02-oss", "has_oss = -1"),
    _set("MT-02-proficiency_ela", "ela_scored = 0, ela_proficient = 1"),
    _set("MT-02-proficiency_math", "math_scored = 0, math_proficient = 1"),
    _set("MT-02-participation_ela", "ela_expected = 0"),
    _set("MT-02-participation_math", "math_expected = 0"),
    _set("MT-02-stability", "is_stability_eligible = 0"),
    _set("MT-02-chronic_severe", "is_chronically_absent_severe = 2"),
    _set("MT-02-absent_twenty", "is_absent_20_plus = 2"),
    _set("MT-02-satisfactory", "is_attendance_satisfactory = -1"),
    _set("MT-02-truancy", "is_truant = 2"),
    _set("MT-02-tardiness", "tardy_count = 101"),
    _set("MT-02-mobility", "is_mobility_eligible = 0"),
    _set("MT-02-moves", "mobility_moves = 0"),
    _set("MT-02-iss", "has_iss = 2"),
    _set("MT-02-expulsion", "has_expulsion = -1"),
    _set("MT-02-suspension_ca", "is_suspension_ca_dashboard_eligible = null"),
    _set("MT-02-average_days MT-05-average_days", "average_attendance = 1.5"),
    _set("MT-02-marks", "has_course_failure = 2"),
    _set("MT-02-ninth_core", "has_grade9_core_failure = 2"),
    _set("MT-02-gpa", "gpa = 5.1"),
    _set("MT-02-ninth_gpa", "is_grade9_gpa_b = 2"),
    _set("MT-02-on_track", "is_grade9_on_track = 2"),
    _set("MT-02-on_pace", "is_credits_on_pace = 2"),
    _set("MT-02-algebra_eight", "has_algebra1_by_grade8 = 2"),
    _set("MT-02-algebra_nine", "has_algebra1_by_grade9 = 2"),
    _set("MT-02-third_reading", "grade3_reading_proficient = 2"),
    _set("MT-02-ap_courses", "has_ap_course = 2"),
    _set("MT-02-ap_exams", "has_ap_success = 2"),
    _set("MT-02-dual_enrollment", "is_dual_enrolled = 2"),
    _set("MT-02-dual_success", "has_dual_enrollment_success = 2"),
    _set("MT-02-dropouts", "is_dropout = 2"),
    _set("MT-02-first_fall", "is_in_college_first_fall = 2"),
    _set("MT-02-second_fall", "is_in_college_second_fall = 2"),
    _set("MT-02-el_progress", "is_el_progressing = 2"),
    _set("MT-02-reclassified", "is_reclassified = 2"),
    _set("MT-02-long_term", "is_ltel = 2"),
    _set("MT-02-iep_census", "has_iep_on_census = 2"),
    _set("MT-02-section_plans", "has_section_504_on_census = 2"),
    Broken(("MT-05-attendance",), "delete from marts.fct_attendance_student_district_year where student_key = 's1'"),
    Broken(("MT-05-enrollment",), "delete from marts.fct_enrollment_spell where student_key = 's1'"),
    Broken(("MT-06",), f"insert into {YEARS} select * from {YEARS} where {SOMEONE_2026}"),
    _set("MT-07", "is_attendance_known = 0"),
    _set("MT-07", "is_chronically_absent_severe = 1"),
    _set("MT-07", "membership_days = 9, attended_days = 6.5"),
    _set("MT-08", "suspension_incidents = 0"),
    _set("MT-08", "has_oss = 0, suspension_incidents = 0"),
    _set("MT-08", "has_oss = 0, oss_days = 0"),
    *(
        Broken(("MT-09",), f"update marts.mart_graduation_cohort_by_scope set {change} where student_key = 's2'")
        for change in ("is_acgr_5yr_graduate = 1", "is_acgr_5yr_unknown = 0", "student_key = 's1'")
    ),
    Broken(("ID-12",), "update marts.mart_source_match set rows_unmatched = 21 where match_to = 'student'"),
    Broken(("ID-12", "ID-17"), "update marts.mart_source_match set rows_unmatched = 101 where match_to = 'school'"),
    Broken(
        ("ID-22",),
        "update marts.mart_identity_decision set decision_state = 'refused', refusal_reason = 'circle' "
        "where decision_id = 'm1'",
    ),
    Broken(
        ("MT-03",),
        f"create temp table rule_frozen_change ({FROZEN_INPUTS['rule_frozen_change']}); "
        "insert into rule_frozen_change (metric_id, explanation) values ('enrollment', 'one figure differs')",
    ),
    Broken(("LD-03",), "insert into raw.sis_files__marks (_row_id) values ('marks.csv#2')"),
)


@pytest.fixture
def steady_years(empty_warehouse: MadeUpWarehouse) -> Iterator[MadeUpWarehouse]:
    empty_warehouse.create_marts()
    empty_warehouse.connection.execute(STEADY_YEARS)
    yield empty_warehouse


def speaking(results: dict[str, RuleResult]) -> dict[str, RuleResult]:
    return {result.rule_id: result for result in results.values() if result.outcome != "pass"}


def test_two_steady_years_are_accused_of_nothing(steady_years: MadeUpWarehouse) -> None:
    assert speaking(steady_years.evaluate(stage="marts")) == {}


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: f"{broken.rule_ids[0]}: {broken.change[:60]}")
def test_a_rule_notices_what_it_is_there_for(steady_years: MadeUpWarehouse, broken: Broken) -> None:
    steady_years.connection.execute(broken.change)
    found = speaking(steady_years.evaluate(stage="marts"))
    assert set(broken.rule_ids) <= set(found)
    for rule_id in broken.rule_ids:
        result = found[rule_id]
        assert result.outcome == ("fail" if result.severity == "fatal" else "warn")
        assert result.sample
        assert all(IDENTIFYING_COLUMNS.isdisjoint(row) for row in result.sample)


def test_every_mart_rule_has_a_way_to_break_it() -> None:
    assert {rule_id for broken in BROKEN for rule_id in broken.rule_ids} == {
        rule.id for rule in RULES if rule.stage == "marts"
    }


def test_a_district_without_any_row_in_its_marts_is_accused_of_nothing(empty_warehouse: MadeUpWarehouse) -> None:
    empty_warehouse.create_marts()
    assert speaking(empty_warehouse.evaluate(stage="marts")) == {}


def test_what_no_roster_can_tell_is_not_accused(steady_years: MadeUpWarehouse) -> None:
    steady_years.connection.execute(
        "update marts.mart_source_match set rows_unmatched = rows_total, warn_percent = null, fatal_percent = null"
    )
    assert speaking(steady_years.evaluate(stage="marts")) == {}


@pytest.mark.parametrize(("unmatched", "outcome"), [(100, None), (101, "fail")])
def test_unmatched_rows_hold_the_metrics_that_their_table_feeds(
    steady_years: MadeUpWarehouse, unmatched: int, outcome: str | None
) -> None:
    steady_years.connection.execute(
        f"update marts.mart_source_match set rows_unmatched = {unmatched} where match_to = 'student'"
    )
    result = speaking(steady_years.evaluate(stage="marts")).get("ID-17")
    assert (result.outcome if result else None) == outcome
    if result:
        assert result.source_table == "sis_files__attendance"
        assert set(result.metrics) == set(metric_feeds()["sis_files__attendance"])


def test_a_defect_of_one_metric_concerns_that_metric_only(steady_years: MadeUpWarehouse) -> None:
    steady_years.connection.execute(f"update {YEARS} set has_iss = 2, suspension_incidents = 2 where {SOMEONE_2026}")
    found = speaking(steady_years.evaluate(stage="marts"))
    assert {metric for result in found.values() for metric in result.metrics} == {"iss_rate"}
