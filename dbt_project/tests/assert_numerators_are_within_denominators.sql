-- A student counted in a numerator is counted in its denominator, so no rate exceeds 100 %.
select *
from {{ ref("mart_student_year_by_scope") }}
where
    is_stable > is_stability_eligible
    or is_chronically_absent_federal > is_chronic_eligible_federal
    or is_chronically_absent_ca_dashboard > is_chronic_eligible_ca_dashboard
    or is_enrolled_on_census > is_enrolled
    or has_oss > is_oss_eligible
    or ela_participated > ela_expected
    or ela_proficient > ela_scored
    or math_participated > math_expected
    or math_proficient > math_scored
    or attended_days > membership_days
    -- enrolment
    or is_mobile > is_mobility_eligible
    or is_mobile > mobility_moves
    -- attendance
    or is_chronically_absent_severe > is_chronic_eligible_severe
    or is_absent_20_plus > is_attendance_known
    or is_attendance_satisfactory > is_attendance_known
    or average_attendance > average_membership
    or is_truant > is_truancy_known
    or tardy_count > tardy_membership_days
    or unexcused_days > absent_days
    -- discipline
    or has_iss > is_oss_eligible
    or has_expulsion > is_oss_eligible
    or has_suspension_ca_dashboard > is_suspension_ca_dashboard_eligible
    or (oss_days > 0 and is_oss_days_known = 0)
    -- college and career
    or has_ap_course > is_ap_participation_eligible
    or has_ap_success > is_ap_tested
    or is_dual_enrolled > is_dual_enrollment_eligible
    or has_dual_enrollment_success > is_dual_enrolled
    or is_dropout > is_dropout_eligible
    or is_in_college_first_fall > is_first_fall_known
    or is_in_college_second_fall > is_second_fall_known
    -- special populations
    or is_el_progressing > is_el_progress_tested
    or is_reclassified > is_el_on_census
    or is_ltel > is_el_on_census
    or has_iep_on_census > is_iep_on_census_known
    or has_section_504_on_census > is_section_504_on_census_known
    -- growth
    or ela_low_growth > ela_sgp_known
    or ela_high_growth > ela_sgp_known
    or ela_catch_up_reached > ela_catch_up_eligible
    or ela_catch_up_eligible > ela_sgp_known
    or ela_keep_up_reached > ela_keep_up_eligible
    or ela_keep_up_eligible > ela_sgp_known
    or math_low_growth > math_sgp_known
    or math_high_growth > math_sgp_known
    or math_catch_up_reached > math_catch_up_eligible
    or math_catch_up_eligible > math_sgp_known
    or math_keep_up_reached > math_keep_up_eligible
    or math_keep_up_eligible > math_sgp_known
