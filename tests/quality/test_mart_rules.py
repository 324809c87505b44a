"""Rules on marts: silent on two steady years, and each speaks up when its own figure goes wrong."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from quality.identifying_columns import IDENTIFYING_COLUMNS
from quality.registry import METRIC_IDS, metric_feeds
from quality.rule_inputs import FROZEN_INPUTS
from quality.rule_results import RuleResult
from quality.validation import validate
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

insert into marts.mart_feed_freshness by name
select 'sis_files__attendance' as source_table, if(school = 'district', 'district', 'school') as scope,
  school as school_number, 'attendance_records' as concept, date '2026-06-01' as latest_event_on,
  if(school = '102', 3, 0) as school_days_since, 'school_day' as expected_every,
  timestamp '2026-06-08 06:00' as expected_by, false as is_late, 0 as days_late
from (values ('district'), ('101'), ('102')) as schools(school)
union all by name
select 'hr_files__staff' as source_table, 'district' as scope, 'district' as school_number, 400 as school_days_since;

insert into marts.mart_attendance_completeness by name
select 'a' as school_key, '101' as school_number, date_on as attendance_on, 20 as sections_scheduled,
  18 as sections_taken
from marts.dim_school_calendar where school_key = 'a';

insert into marts.fct_discipline_event by name
select 'd1' as discipline_event_key, 's1' as student_key, 'a' as school_key, date '2026-05-19' as incident_on,
  2026 as school_year, 'oss' as action_category;

insert into marts.fct_enrollment_spell by name
select student_key, school_key, school_year, '05' as grade_level, make_date(school_year - 1, 8, 18) as entry_on,
  make_date(school_year, 6, 5) as exit_on
from enrolled;

insert into raw.control_files__enrollment_counts by name
select 'sis' as counted_by, (school_year - 1) || '-10-01' as counted_on, school as school_id, '5' as grade_level,
  count(*)::varchar as students
from enrolled group by all;

insert into marts.fct_attendance_student_school_year by name
select student_key, school_key, school_year, 100 as membership_days, 97.5 as attended_days, 2.5 as absent_days,
  true as is_attendance_known from enrolled;

insert into marts.fct_attendance_student_district_year by name
select student_key, school_year, 100 as membership_days, 97.5 as attended_days, 2.5 as absent_days,
  true as is_attendance_known from enrolled;

insert into marts.fct_assessment_result by name
select n || subject as assessment_result_key, student_key, school_key, school_year, instrument, subject,
  '05' as tested_grade, 2400 + n as scale_score, true as is_valid, n % 2 = 1 as is_proficient
from enrolled, (values ('STATE', 'ELA'), ('STATE', 'MATH'), ('AP', 'CALC'), ('WIDA_ACCESS', 'ELP'), ('MAP', 'READING'))
  as tests(instrument, subject);

insert into raw.control_files__assessment_summaries by name
select instrument, school_year::varchar as school_year, subject, if(school_key = 'a', '101', '102') as school_id,
  '5' as tested_grade, count(*)::varchar as tested, count(*) filter (where is_proficient)::varchar as proficient
from marts.fct_assessment_result group by all;

insert into marts.fct_student_growth by name
select student_key, school_year, 'ELA' as subject, 1 + n * 3 % 99 as growth_percentile from enrolled;

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
  n % 2 as has_section_504_on_census,
  -- growth
  1 as ela_sgp_known, 1 + n as ela_sgp_points, n % 2 as ela_low_growth, 1 - n % 2 as ela_high_growth,
  1 as ela_catch_up_eligible, n % 2 as ela_catch_up_reached, 1 as ela_keep_up_eligible, n % 2 as ela_keep_up_reached,
  1 as math_sgp_known, 99 as math_sgp_points, n % 2 as math_low_growth, 1 - n % 2 as math_high_growth,
  1 as math_catch_up_eligible, n % 2 as math_catch_up_reached,
  1 as math_keep_up_eligible, n % 2 as math_keep_up_reached
from enrolled, (values ('district'), ('school')) as scopes(scope);

insert into marts.dim_student_year by name
select 'g' || n as student_key, 2024 + y as school_year, grade as grade_level
from (values (1, 1, 'KG'), (1, 2, '01'), (2, 1, '09'), (2, 2, '09'), (3, 1, '12')) as grades(n, y, grade);

insert into marts.mart_graduation_cohort_by_scope by name
select scope, student_key, school_year, school, n % 2 as is_acgr_4yr_eligible, n % 2 as is_acgr_4yr_graduate,
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
    *(
        Broken(
            (f"AS-08-{name}",),
            f"update raw.control_files__assessment_summaries set {changed} = 26 "
            f"where instrument || subject = '{test}' and school_id = '101' and school_year = '2026'",
        )
        for name, test, changed in (
            ("ela", "STATEELA", "tested"),
            ("math", "STATEMATH", "proficient"),
            ("ap", "APCALC", "tested"),
            ("english_proficiency", "WIDA_ACCESSELP", "tested"),
            ("other", "MAPREADING", "proficient"),
        )
    ),
    Broken(
        ("AT-03",),
        "update marts.fct_attendance_student_school_year set absent_days = 3 where student_key = 's1'",
    ),
    Broken(
        ("AT-03",), "update marts.fct_attendance_student_district_year set attended_days = -1 where student_key = 's1'"
    ),
    Broken(("AT-04",), "update marts.fct_attendance_student_district_year set membership_days = 186"),
    Broken(("AT-07",), "update marts.mart_attendance_completeness set sections_taken = 17"),
    Broken(("AT-08",), "update marts.mart_feed_freshness set school_days_since = 4 where school_number = '102'"),
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
        ("CR-06",),
        "update marts.mart_graduation_cohort_by_scope set is_acgr_4yr_eligible = 1, "
        "is_acgr_4yr_graduate = if(school_year = 2026 and school = '102' and student_key > 's50', 0, 1)",
    ),
    Broken(
        ("CR-07",),
        f"insert into {YEARS} by name select 'school' as scope, 'x' || n as student_key, y as school_year, "
        "'b' as school_key, '102' as school, 1 as is_dropout_eligible, if(y = 2025 and n < 5, 1, 0) as is_dropout "
        f"from range(100) as t(n), (values (2025), (2026)) as years(y); update {YEARS} set is_dropout = 0 "
        "where school = '102' and student_key not like 'x%'",
    ),
    Broken(
        ("EN-08",),
        "insert into marts.dim_student_year by name select 's1' as student_key, y as school_year, g as grade_level "
        "from (values (2025, '05'), (2026, '04')) as grades(y, g)",
    ),
    Broken(
        ("DI-09",),
        "insert into marts.fct_discipline_event by name select 'd' || n as discipline_event_key, 's31' as student_key, "
        "'b' as school_key, 2025 as school_year, 'detention' as action_category from range(100, 121) as more(n)",
    ),
    Broken(
        ("EN-17",),
        "update marts.fct_enrollment_spell set exit_on = '2025-09-30' "
        "where school_year = 2026 and student_key <= 's11'",
    ),
    Broken(("EN-17",), "update marts.fct_enrollment_spell set grade_level = 'unknown' where student_key <= 's11'"),
    Broken(("EN-17",), "update marts.dim_school set school_number = '103' where school_number = '102'"),
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
        "MT-01-second_fall MT-01-el_progress MT-01-el_census MT-01-iep_census MT-01-section_plans "
        "MT-01-growth_ela MT-01-catching_up_ela MT-01-keeping_up_ela "
        "MT-01-growth_math MT-01-catching_up_math MT-01-keeping_up_math",
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
    *(
        _set(f"MT-02-{name}_{subject}", f"{subject}_{column} = {value}")
        for subject in ("ela", "math")
        for name, column, value in (
            ("growth", "sgp_points", 100),
            ("low_growth", "low_growth", 2),
            ("high_growth", "high_growth", 2),
            ("catching_up", "catch_up_reached", 2),
            ("keeping_up", "keep_up_reached", 2),
        )
    ),
    Broken(("GW-11",), "update marts.fct_student_growth set growth_percentile = 1 + growth_percentile % 3"),
    Broken(("GW-11",), "update marts.fct_student_growth set growth_percentile = growth_percentile // 10 + 85"),
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
    Broken(
        ("LD-11",), "update marts.mart_feed_freshness set is_late = true, days_late = 2 where school_number = '102'"
    ),
    Broken(("LD-03",), "insert into raw.sis_files__marks (_row_id) values ('marks.csv#2')"),
)


@pytest.fixture
def steady_years(empty_warehouse: MadeUpWarehouse) -> Iterator[MadeUpWarehouse]:
    empty_warehouse.create_marts()
    empty_warehouse.connection.execute(STEADY_YEARS)
    empty_warehouse.connection.execute("create schema staging")
    for table, rows in (("control_files__enrollment_counts", 4), ("control_files__assessment_summaries", 20)):
        empty_warehouse.deliver(table, rows)
        empty_warehouse.connection.execute(f"create view staging.stg_{table} as select * from raw.{table}")
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


# --- Control counts ---------------------------------------------------------------------------------------------


def control_rule(warehouse: MadeUpWarehouse, rule_id: str) -> RuleResult:
    return next(one for one in warehouse.evaluate(stage="marts").values() if one.rule_id == rule_id)


@pytest.mark.parametrize(("students", "outcome"), [(31, "pass"), (32, "fail"), (29, "pass"), (28, "fail")])
def test_a_grade_of_a_school_may_differ_by_one_student(
    steady_years: MadeUpWarehouse, students: int, outcome: str
) -> None:
    steady_years.connection.execute(
        f"update raw.control_files__enrollment_counts set students = '{students}' "
        "where school_id = '102' and counted_on = '2025-10-01'"
    )
    result = control_rule(steady_years, "EN-17")
    assert (result.rows_failed, result.outcome) == (int(outcome == "fail"), outcome)
    if result.sample:
        assert "school 102, grade 05, 2025-10-01" in result.reason
        assert "student_key" not in result.sample[0]


def test_a_large_grade_may_differ_by_two_percent(steady_years: MadeUpWarehouse) -> None:
    steady_years.connection.execute(
        "insert into marts.fct_enrollment_spell by name select 'x' || n as student_key, 'a' as school_key, "
        "2026 as school_year, '06' as grade_level, date '2025-08-18' as entry_on, date '2026-06-05' as exit_on "
        "from range(200) as more(n)"
    )
    for students, outcome in ((204, "pass"), (205, "fail")):
        steady_years.connection.execute(
            "delete from raw.control_files__enrollment_counts where grade_level = '06'; "
            "insert into raw.control_files__enrollment_counts by name select '2025-10-01' as counted_on, "
            f"'sis' as counted_by, '101' as school_id, '06' as grade_level, '{students}' as students"
        )
        assert control_rule(steady_years, "EN-17").outcome == outcome


def test_a_student_at_two_schools_counts_where_the_enrolment_began_last(steady_years: MadeUpWarehouse) -> None:
    """Three children of school a also began at school b: they count there, and the SIS says the same."""
    steady_years.connection.execute(
        "insert into marts.fct_enrollment_spell by name select 's' || n as student_key, 'b' as school_key, "
        "2026 as school_year, '05' as grade_level, date '2025-09-15' as entry_on, date '2026-06-05' as exit_on "
        "from range(1, 4) as twice(n)"
    )
    assert control_rule(steady_years, "EN-17").rows_failed == 2
    steady_years.connection.execute(
        "update raw.control_files__enrollment_counts set students = if(school_id = '101', '27', '33') "
        "where counted_on = '2025-10-01'"
    )
    assert control_rule(steady_years, "EN-17").outcome == "pass"


def test_schools_that_the_control_count_does_not_list_are_not_compared(steady_years: MadeUpWarehouse) -> None:
    steady_years.connection.execute("delete from raw.control_files__enrollment_counts where school_id = '102'")
    assert control_rule(steady_years, "EN-17").outcome == "pass"


def test_a_vendors_percentage_is_held_against_the_same_count(steady_years: MadeUpWarehouse) -> None:
    """15 of 30 are proficient; 53.3 % are 16 of 30, one student more, and 57 % are two."""
    for percent, outcome in (("53.3", "pass"), ("57", "fail")):
        steady_years.connection.execute(
            f"update raw.control_files__assessment_summaries set proficient = null, percent_proficient = '{percent}' "
            "where subject = 'MATH' and school_id = '102' and school_year = '2026'"
        )
        result = control_rule(steady_years, "AS-08-math")
        assert result.outcome == outcome
    assert "school 102, grade 05, STATE MATH 2026" in result.reason


def test_a_broken_control_count_concerns_the_metrics_that_depend_on_it_only(steady_years: MadeUpWarehouse) -> None:
    steady_years.connection.execute(
        "update raw.control_files__assessment_summaries set tested = 20 where subject = 'ELA'"
    )
    found = speaking(steady_years.evaluate(stage="marts"))
    assert {metric for result in found.values() for metric in result.metrics} == {
        "proficiency_rate_ela",
        "participation_rate_ela",
        "distance_from_standard_ela",
        "grade3_reading_rate",
        "scale_score_mean_ela",
        "score_gain_mean_ela",
    }


# --- Freshness --------------------------------------------------------------------------------------------------


def test_a_late_school_is_named_and_holds_nothing(steady_years: MadeUpWarehouse) -> None:
    """School 102 has sent nothing for six school days; 101 has, and every metric stays validated."""
    steady_years.connection.execute(
        "update marts.mart_feed_freshness set school_days_since = 6, is_late = true, days_late = 5, "
        "latest_event_on = '2026-05-28', expected_by = '2026-06-01 06:00' where school_number = '102'"
    )
    results = steady_years.evaluate(stage="marts")
    found = speaking(results)
    assert set(found) == {"AT-08", "LD-11"}
    assert found["AT-08"].reason.endswith("Longest: school 102, since 2026-05-28.")
    assert found["LD-11"].reason.endswith("Latest of all: school 102, expected by 2026-06-01 06:00.")
    for result in found.values():
        assert (result.severity, result.outcome, result.rows_failed) == ("error", "warn", 1)
        assert {row["school_number"] for row in result.sample} == {"102"}
    assert set(found["LD-11"].metrics) == set(metric_feeds()["sis_files__attendance"])
    validated = validate(METRIC_IDS, results.values())
    assert {one.state for one in validated.values()} == {"validated"}
    assert validated["attendance_rate"].open_issues.error == 2
    assert validated["oss_rate"].open_issues.error == 0


def test_a_day_is_complete_at_nine_sections_of_ten(steady_years: MadeUpWarehouse) -> None:
    for taken, names in ((18, set()), (17, {"AT-07"})):
        steady_years.connection.execute(
            f"update marts.mart_attendance_completeness set sections_taken = {taken} where attendance_on = '2026-06-04'"
        )
        assert set(speaking(steady_years.evaluate(stage="marts"))) == names
