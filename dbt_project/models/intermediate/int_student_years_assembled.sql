{#- What the models of the outcomes below count, and is published as it stands there. -#}
{% set college_career_counts = [
    "is_ap_participation_eligible",
    "has_ap_course",
    "is_ap_participation_unknown",
    "is_ap_tested",
    "has_ap_success",
    "is_ap_success_unknown",
    "is_dual_enrollment_eligible",
    "is_dual_enrolled",
    "has_dual_enrollment_success",
    "is_dual_enrollment_unknown",
    "is_dropout_eligible",
    "is_dropout",
    "is_dropout_unknown",
    "is_first_fall_known",
    "is_in_college_first_fall",
    "is_first_fall_unknown",
    "is_second_fall_known",
    "is_in_college_second_fall",
    "is_second_fall_unknown",
] %}
{% set special_population_counts = [
    "is_el_progress_tested",
    "is_el_progressing",
    "is_el_progress_unknown",
    "is_el_on_census",
    "is_reclassified",
    "is_ltel",
    "is_el_on_census_unknown",
    "is_iep_on_census_known",
    "has_iep_on_census",
    "is_iep_on_census_unknown",
    "is_section_504_on_census_known",
    "has_section_504_on_census",
    "is_section_504_on_census_unknown",
] %}
{% set growth_counts = [
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
] %}

with
    student_years as (select * from {{ ref("int_student_years_described") }}),

    feeds as (select * from {{ ref("int_feeds_delivered") }}),

    enrollments as (select * from {{ ref("int_enrollments_measured") }}),

    stability as (select * from {{ ref("int_stability_determined") }}),

    attendance as (
        select measured.*
        from {{ ref("int_attendance_measured") }} as measured
        inner join student_years using (student_year_key)
        where measured.is_attendance_known and student_years.is_placed
    ),

    discipline as (select * from {{ ref("int_discipline_measured") }}),

    assessments as (select * from {{ ref("int_assessments_measured") }}),

    marks as (select * from {{ ref("int_marks_measured") }}),

    college_career as (select * from {{ ref("int_college_career_measured") }}),

    special_populations as (select * from {{ ref("int_special_populations_measured") }}),

    growth as (select * from {{ ref("int_growth_measured") }}),

    valid_results as (
        select
            student_key,
            school_year,
            bool_or(subject = 'ELA') as has_valid_ela,
            bool_or(subject = 'MATH') as has_valid_math
        from {{ ref("int_assessment_results_selected") }}
        group by student_key, school_year
    ),

    joined as (
        select
            student_years.*,
            feeds.has_enrollment,
            feeds.has_calendar,
            feeds.has_discipline,
            feeds.has_ela_results,
            feeds.has_math_results,
            cast(enrollments.student_year_key is not null as bigint) as is_enrolled,
            enrollments.student_year_key is null
            and not (student_years.is_placed and feeds.has_enrollment) as is_membership_unknown,
            coalesce(enrollments.is_enrolled_on_census, 0) as is_enrolled_on_census,
            coalesce(enrollments.ela_expected, 0) as is_ela_expected,
            coalesce(enrollments.math_expected, 0) as is_math_expected,
            enrollments.is_mobility_eligible,
            enrollments.mobility_moves,
            stability.is_stability_eligible,
            stability.is_stable,
            coalesce(attendance.attendance_band, 'unknown') as attendance_band,
            attendance.membership_days,
            attendance.attended_days,
            attendance.absent_days,
            attendance.chronic_absent_days,
            attendance.average_membership,
            attendance.average_attendance,
            attendance.unexcused_days,
            attendance.unspecified_days,
            attendance.tardy_count,
            nullif(attendance.tardy_membership_days, 0) as tardy_membership_days,
            coalesce(discipline.has_oss, 0) as has_any_oss,
            coalesce(discipline.has_iss, 0) as has_any_iss,
            coalesce(discipline.has_expulsion, 0) as has_any_expulsion,
            coalesce(discipline.suspension_incidents, 0) as any_suspension_incidents,
            coalesce(discipline.oss_days, 0) as any_oss_days,
            coalesce(discipline.is_oss_length_unknown, 0) as is_oss_length_unknown,
            coalesce(discipline.has_suspension_ca_dashboard, 0) as has_any_suspension_ca_dashboard,
            coalesce(discipline.is_suspension_ca_dashboard_open, 0) as is_suspension_ca_dashboard_open,
            coalesce(assessments.ela_scored, 0) as ela_scored,
            coalesce(assessments.ela_proficient, 0) as ela_proficient,
            coalesce(assessments.ela_distance_scored, 0) as ela_distance_scored,
            assessments.ela_distance_points,
            coalesce(assessments.math_scored, 0) as math_scored,
            coalesce(assessments.math_proficient, 0) as math_proficient,
            coalesce(assessments.math_distance_scored, 0) as math_distance_scored,
            assessments.math_distance_points,
            -- courses
            feeds.has_marks,
            feeds.has_core_marks,
            feeds.has_grade_points,
            feeds.has_credits,
            feeds.has_algebra1_marks,
            feeds.has_earlier_enrollment,
            feeds.year_twelfths_done,
            feeds.year_twelfths_done = 12 as is_marking_ended,
            cast(
                enrollments.student_year_key is not null and student_years.grade_level = '09' as bigint
            ) as is_in_grade9,
            coalesce(marks.judged_marks, 0) as judged_marks,
            coalesce(marks.failing_marks, 0) as failing_marks,
            coalesce(marks.core_judged_marks, 0) as core_judged_marks,
            coalesce(marks.core_failing_marks, 0) as core_failing_marks,
            coalesce(marks.pointed_marks, 0) as pointed_marks,
            marks.total_grade_points,
            coalesce(marks.year_judged_marks, 0) as year_judged_marks,
            marks.credits_earned,
            marks.summer_credits_earned,
            marks.core_failed_twelfths,
            marks.algebra1_credits,
            coalesce(marks.is_repeating_grade9, false) as is_repeating_grade9,
            -- scores
            coalesce(assessments.grade3_reading_scored, 0) as grade3_reading_scored,
            coalesce(assessments.grade3_reading_proficient, 0) as grade3_reading_proficient,
            {% for subject in var("state_subjects") %}
                {% set name = subject | lower %}
                feeds.is_{{ name }}_vertical
                and feeds.has_earlier_{{ name }}_results as can_tell_{{ name }}_gain,
                coalesce(assessments.{{ name }}_scale_scored, 0) as {{ name }}_scale_scored,
                assessments.{{ name }}_scale_points,
                coalesce(assessments.{{ name }}_gain_scored, 0) as {{ name }}_gain_scored,
                assessments.{{ name }}_gain_points,
            {% endfor %}
            -- college and career, special populations, growth
            {% for count in college_career_counts %} college_career.{{ count }}, {% endfor %}
            {% for count in special_population_counts %} special_populations.{{ count }}, {% endfor %}
            {% for count in growth_counts %} growth.{{ count }}, {% endfor %}
            coalesce(valid_results.has_valid_ela, false) as has_valid_ela,
            coalesce(valid_results.has_valid_math, false) as has_valid_math
        from student_years
        inner join feeds on student_years.school_year = feeds.school_year
        left join enrollments on student_years.student_year_key = enrollments.student_year_key
        left join
            stability
            on student_years.student_key = stability.student_key
            and student_years.school_year = stability.school_year
        left join attendance on student_years.student_year_key = attendance.student_year_key
        left join discipline on student_years.student_year_key = discipline.student_year_key
        left join assessments on student_years.student_year_key = assessments.student_year_key
        left join marks on student_years.student_year_key = marks.student_year_key
        left join college_career on student_years.student_year_key = college_career.student_year_key
        left join special_populations on student_years.student_year_key = special_populations.student_year_key
        left join growth on student_years.student_year_key = growth.student_year_key
        left join
            valid_results
            on student_years.student_key = valid_results.student_key
            and student_years.school_year = valid_results.school_year
    ),

    final as (
        select
            student_year_key,
            scope,
            student_key,
            school_year,
            school_year_start_on,
            school_key,
            -- lenses
            school,
            school_level,
            grade_level,
            race_ethnicity,
            gender,
            english_learner,
            disability,
            economic_disadvantage,
            homeless,
            attendance_band,
            region,
            feeder,
            race_spd15,
            el_status,
            disability_status,
            disability_category,
            economic_basis,
            foster_care,
            migrant,
            military_family,
            gifted,
            mobility_status,
            prior_performance_ela,
            prior_performance_math,
            prior_attendance_band,
            discipline_history,
            program,
            program_dosage,
            -- enrolment
            is_enrolled,
            is_enrolled_on_census,
            cast(is_membership_unknown as bigint) as is_enrollment_unknown,
            is_stability_eligible,
            is_stable,
            cast(
                is_enrolled = 1 and not has_calendar or not has_enrollment as bigint
            ) as is_stability_unknown,
            -- attendance
            membership_days,
            attended_days,
            absent_days,
            chronic_absent_days,
            cast(membership_days is not null as bigint) as is_attendance_known,
            cast(membership_days is null as bigint) as is_attendance_unknown,
            cast({{ is_chronic_eligible("federal") }} as bigint) as is_chronic_eligible_federal,
            cast(
                {{ is_chronic_eligible("federal") }} and {{ is_chronically_absent("federal") }} as bigint
            ) as is_chronically_absent_federal,
            cast({{ is_chronic_eligible("ca_dashboard") }} as bigint) as is_chronic_eligible_ca_dashboard,
            cast(
                {{ is_chronic_eligible("ca_dashboard") }}
                and {{ is_chronically_absent("ca_dashboard") }} as bigint
            ) as is_chronically_absent_ca_dashboard,
            -- discipline
            case when has_discipline then is_enrolled end as is_oss_eligible,
            case when has_discipline then is_enrolled * has_any_oss end as has_oss,
            cast(not has_discipline or is_membership_unknown as bigint) as is_discipline_unknown,
            -- enrolment: mobility
            is_mobility_eligible,
            cast(mobility_moves > 0 as bigint) as is_mobile,
            mobility_moves,
            cast(
                is_enrolled = 1 and is_mobility_eligible is null or not has_enrollment as bigint
            ) as is_mobility_unknown,
            -- attendance: more thresholds, and averages per day in session
            cast({{ is_chronic_eligible("severe") }} as bigint) as is_chronic_eligible_severe,
            cast(
                {{ is_chronic_eligible("severe") }} and {{ is_chronically_absent("severe") }} as bigint
            ) as is_chronically_absent_severe,
            cast(
                absent_days >= {{ var("absent_20_plus")["minimum_absent_days"] }} as bigint
            ) as is_absent_20_plus,
            case
                when membership_days is not null then cast(attendance_band = 'satisfactory' as bigint)
            end as is_attendance_satisfactory,
            average_membership,
            average_attendance,
            -- attendance: truancy and tardiness
            unexcused_days,
            1 - cast({{ is_truancy_open() }} as bigint) as is_truancy_known,
            cast({{ is_truant() }} as bigint) as is_truant,
            cast(coalesce({{ is_truancy_open() }}, true) as bigint) as is_truancy_unknown,
            case when tardy_membership_days is not null then tardy_count end as tardy_count,
            tardy_membership_days,
            cast(tardy_membership_days is not null as bigint) as is_tardiness_known,
            cast(tardy_membership_days is null as bigint) as is_tardiness_unknown,
            -- discipline: other actions, incidents and days
            case when has_discipline then is_enrolled * has_any_iss end as has_iss,
            case when has_discipline then is_enrolled * has_any_expulsion end as has_expulsion,
            case when has_discipline then is_enrolled * any_suspension_incidents end as suspension_incidents,
            case when has_discipline then is_enrolled * (1 - is_oss_length_unknown) end as is_oss_days_known,
            case
                when has_discipline
                then cast(is_enrolled * (1 - is_oss_length_unknown) * any_oss_days as decimal(18, 4))
            end as oss_days,
            cast(
                not has_discipline
                or is_membership_unknown
                or is_enrolled * is_oss_length_unknown = 1 as bigint
            ) as is_oss_days_unknown,
            case
                when has_discipline then is_enrolled * (1 - is_suspension_ca_dashboard_open)
            end as is_suspension_ca_dashboard_eligible,
            case
                when has_discipline then is_enrolled * has_any_suspension_ca_dashboard
            end as has_suspension_ca_dashboard,
            cast(
                not has_discipline
                or is_membership_unknown
                or is_enrolled * is_suspension_ca_dashboard_open = 1 as bigint
            ) as is_suspension_ca_dashboard_unknown,
            -- achievement
            {% for subject in var("state_subjects") %}
                {% set name = subject | lower %}
                case when has_{{ name }}_results then is_{{ name }}_expected end as {{ name }}_expected,
                case
                    when has_{{ name }}_results
                    then is_{{ name }}_expected * cast(has_valid_{{ name }} as bigint)
                end as {{ name }}_participated,
                case when has_{{ name }}_results then {{ name }}_scored end as {{ name }}_scored,
                case when has_{{ name }}_results then {{ name }}_proficient end as {{ name }}_proficient,
                case
                    when has_{{ name }}_results then {{ name }}_distance_scored
                end as {{ name }}_distance_scored,
                cast({{ name }}_distance_points as decimal(18, 2)) as {{ name }}_distance_points,
                case when has_{{ name }}_results then 0 else is_{{ name }}_expected end as {{ name }}_unknown,
            {% endfor %}
            -- scores
            {% set reading = var("grade3_reading") %}
            {% set read_in = reading["subject"] | lower %}
            case when has_{{ read_in }}_results then grade3_reading_scored end as grade3_reading_scored,
            case
                when has_{{ read_in }}_results then grade3_reading_proficient
            end as grade3_reading_proficient,
            case
                when has_{{ read_in }}_results
                then 0
                else is_{{ read_in }}_expected * cast(grade_level = '{{ reading["tested_grade"] }}' as bigint)
            end as is_grade3_reading_unknown,
            {% for subject in var("state_subjects") %}
                {% set name = subject | lower %}
                case when has_{{ name }}_results then {{ name }}_scale_scored end as {{ name }}_scale_scored,
                cast({{ name }}_scale_points as decimal(18, 2)) as {{ name }}_scale_points,
                case
                    when has_{{ name }}_results and can_tell_{{ name }}_gain then {{ name }}_gain_scored
                end as {{ name }}_gain_scored,
                cast({{ name }}_gain_points as decimal(18, 2)) as {{ name }}_gain_points,
                case
                    when has_{{ name }}_results and can_tell_{{ name }}_gain
                    then 0
                    else is_{{ name }}_expected
                end as {{ name }}_gain_unknown,
            {% endfor %}
            -- courses
            case when has_marks then is_enrolled * cast(judged_marks > 0 as bigint) end as is_course_marked,
            case
                when has_marks then is_enrolled * cast(failing_marks > 0 as bigint)
            end as has_course_failure,
            cast(not has_marks or is_membership_unknown as bigint) as is_marks_unknown,
            case
                when has_core_marks then is_in_grade9 * cast(core_judged_marks > 0 as bigint)
            end as is_grade9_core_marked,
            case
                when has_core_marks then is_in_grade9 * cast(core_failing_marks > 0 as bigint)
            end as has_grade9_core_failure,
            case when has_core_marks then 0 else is_in_grade9 end as is_grade9_core_unknown,
            case
                when has_grade_points then is_enrolled * cast(pointed_marks > 0 as bigint)
            end as is_gpa_known,
            case
                when is_enrolled = 1 and pointed_marks > 0
                then cast(total_grade_points / pointed_marks as decimal(18, 8))
            end as gpa,
            cast(not has_grade_points or is_membership_unknown as bigint) as is_gpa_unknown,
            case
                when has_grade_points then is_in_grade9 * cast(pointed_marks > 0 as bigint)
            end as is_grade9_gpa_known,
            case
                when has_grade_points
                then
                    is_in_grade9 * cast(
                        pointed_marks > 0
                        and total_grade_points >= pointed_marks * {{ var("gpa_b")["minimum_gpa"] }} as bigint
                    )
            end as is_grade9_gpa_b,
            case when has_grade_points then 0 else is_in_grade9 end as is_grade9_gpa_unknown,
            {% set can_tell_on_track %}
                has_credits and has_core_marks and is_marking_ended and has_earlier_enrollment
            {% endset %}
            case
                when {{ can_tell_on_track }}
                then is_in_grade9 * cast(year_judged_marks > 0 and not is_repeating_grade9 as bigint)
            end as is_grade9_on_track_eligible,
            case
                when {{ can_tell_on_track }}
                then
                    is_in_grade9 * cast(
                        year_judged_marks > 0
                        and not is_repeating_grade9
                        and {{ is_grade9_on_track("consortium") }} as bigint
                    )
            end as is_grade9_on_track,
            case
                when {{ can_tell_on_track }}
                then is_in_grade9 * cast(year_judged_marks = 0 and not is_repeating_grade9 as bigint)
                else is_in_grade9
            end as is_grade9_on_track_unknown,
            {% set pace = var("credits_on_pace") %}
            {% set is_paced %}
                is_enrolled * cast(
                    coalesce(
                        grade_rank between {{ pace["lowest_grade_rank"] }} and {{ pace["highest_grade_rank"] }}, false
                    ) as bigint
                )
            {% endset %}
            case
                when has_credits and year_twelfths_done > 0
                then {{ is_paced }} * cast(year_judged_marks > 0 as bigint)
            end as is_credits_on_pace_eligible,
            case
                when has_credits and year_twelfths_done > 0
                then {{ is_paced }} * cast(year_judged_marks > 0 and {{ is_on_credit_pace() }} as bigint)
            end as is_credits_on_pace,
            case
                when has_credits and year_twelfths_done > 0
                then {{ is_paced }} * cast(year_judged_marks = 0 as bigint)
                else {{ is_paced }}
            end as is_credits_on_pace_unknown
            {% for variant in var("algebra1") %}
                {% set in_grade %} is_enrolled * cast({{ is_in_algebra1_grade(variant) }} as bigint) {% endset %}
                ,
                case
                    when {{ can_tell_algebra1(variant) }}
                    then {{ in_grade }} * cast(year_judged_marks > 0 as bigint)
                end as is_algebra1_{{ variant }}_eligible,
                case
                    when {{ can_tell_algebra1(variant) }}
                    then
                        {{ in_grade }} * cast(year_judged_marks > 0 and {{ has_algebra1(variant) }} as bigint)
                end as has_algebra1_by_{{ variant }},
                case
                    when {{ can_tell_algebra1(variant) }}
                    then {{ in_grade }} * cast(year_judged_marks = 0 as bigint)
                    else {{ in_grade }}
                end as is_algebra1_{{ variant }}_unknown
            {% endfor %}
            -- college and career, special populations, growth
            {% for count in college_career_counts + special_population_counts + growth_counts %}
                , {{ count }}
            {% endfor %}
        from joined
    )

select *
from final
