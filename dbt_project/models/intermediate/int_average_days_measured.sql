with
    student_school_years as (
        select * from {{ ref("fct_attendance_student_school_year") }} where is_attendance_known
    ),

    in_session as (select * from {{ ref("int_school_years_in_session") }}),

    shares as (
        select
            student_school_years.student_key,
            student_school_years.school_key,
            student_school_years.school_year,
            {{ exact_share("student_school_years.membership_days", "in_session.days_in_session") }}
            as average_membership,
            {{ exact_share("student_school_years.attended_days", "in_session.days_in_session") }}
            as average_attendance
        from student_school_years
        inner join in_session using (school_key, school_year)
    ),

    final as (
        select 'school' as scope, *
        from shares
        union all
        -- The district's average is the sum of its schools' averages, each over its own days in session.
        select
            'district',
            student_key,
            null,
            school_year,
            cast(sum(average_membership) as decimal(18, 12)),
            cast(sum(average_attendance) as decimal(18, 12))
        from shares
        group by student_key, school_year
    )

select *
from final
