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
            is_attendance_known
        from {{ ref("fct_attendance_student_district_year") }}
    ),

    final as (
        select
            {{ student_year_key() }} as student_year_key,
            *,
            case
                when not is_attendance_known
                then 'unknown'
                when absent_days * 20 < membership_days
                then 'satisfactory'
                when absent_days * 10 < membership_days
                then 'at_risk'
                when absent_days * 5 < membership_days
                then 'moderate_chronic'
                else 'severe_chronic'
            end as attendance_band
        from scoped
    )

select *
from final
