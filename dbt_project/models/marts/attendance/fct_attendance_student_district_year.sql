with
    days as (select * from {{ ref("fct_attendance_day") }} where is_district_record),

    student_school_years as (select * from {{ ref("fct_attendance_student_school_year") }}),

    counted as (
        select student_key, school_year, {{ summarise_attendance_days() }}
        from days
        group by student_key, school_year
        having count(absent_fraction) > 0
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
            counted.student_key is not null as is_attendance_known
        from student_years
        left join counted using (student_key, school_year)
    )

select *
from final
