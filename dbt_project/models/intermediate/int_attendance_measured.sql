{% set bands = var("attendance_bands") %}

with
    scoped as (
        select
            'school' as scope,
            student_key,
            school_key,
            school_year,
            membership_days,
            attended_days,
            absent_days,
            chronic_absent_days,
            tardy_count,
            unexcused_days,
            unspecified_days,
            tardy_membership_days,
            is_attendance_known
        from {{ ref("fct_attendance_student_school_year") }}
        union all
        select
            'district',
            student_key,
            null,
            school_year,
            membership_days,
            attended_days,
            absent_days,
            chronic_absent_days,
            tardy_count,
            unexcused_days,
            unspecified_days,
            tardy_membership_days,
            is_attendance_known
        from {{ ref("fct_attendance_student_district_year") }}
    ),

    averages as (
        select {{ student_year_key() }} as student_year_key, average_membership, average_attendance
        from {{ ref("int_average_days_measured") }}
    ),

    keyed as (
        select
            {{ student_year_key() }} as student_year_key,
            *,
            case
                when not is_attendance_known
                then 'unknown'
                when absent_days * 100 < membership_days * {{ bands["at_risk_percent"] }}
                then 'satisfactory'
                when absent_days * 100 < membership_days * {{ bands["moderate_chronic_percent"] }}
                then 'at_risk'
                when absent_days * 100 < membership_days * {{ bands["severe_chronic_percent"] }}
                then 'moderate_chronic'
                else 'severe_chronic'
            end as attendance_band
        from scoped
    ),

    final as (
        select keyed.*, averages.average_membership, averages.average_attendance
        from keyed
        left join averages using (student_year_key)
    )

select *
from final
