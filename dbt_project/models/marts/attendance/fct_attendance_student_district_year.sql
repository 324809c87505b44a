with
    months as (
        select months.*, tardiness.school_key is not null as records_tardiness
        from {{ ref("int_attendance_months_counted") }} as months
        left join
            {{ ref("int_tardiness_delivered") }} as tardiness
            on months.school_key = tardiness.school_key
            and months.school_year = tardiness.school_year
        where months.is_district_record
    ),

    student_school_years as (select * from {{ ref("fct_attendance_student_school_year") }}),

    counted as (
        select student_key, school_year, {{ summarise_attendance_months() }}
        from months
        group by student_key, school_year
        having sum(membership_days) > 0
    ),

    student_years as (select distinct student_key, school_year from student_school_years),

    final as (
        select
            student_years.student_key,
            student_years.school_year,
            counted.membership_days,
            counted.attended_days,
            counted.absent_days,
            counted.chronic_absent_days,
            counted.tardy_count,
            counted.unexcused_days,
            counted.unspecified_days,
            counted.tardy_membership_days,
            counted.student_key is not null as is_attendance_known
        from student_years
        left join counted using (student_key, school_year)
    )

select *
from final
