with
    student_years as (select * from {{ ref("int_student_years_observed") }}),

    marks as (select * from {{ ref("fct_course_mark") }} where is_final and school_year is not null),

    credits as (select * from {{ ref("int_credits_determined") }}),

    scoped as (
        select 'school' as scope, school_key, student_key, school_year, core_subject, is_failing, grade_points
        from marks
        where school_key is not null
        union all
        select 'district', null, student_key, school_year, core_subject, is_failing, grade_points
        from marks
    ),

    measured as (
        select
            scope,
            student_key,
            coalesce(school_key, '') as school_key,
            school_year,
            count(is_failing) as judged_marks,
            count(*) filter (where is_failing) as failing_marks,
            count(is_failing) filter (where {{ is_core("core_subject") }}) as core_judged_marks,
            count(*) filter (where is_failing and {{ is_core("core_subject") }}) as core_failing_marks,
            count(grade_points) as pointed_marks,
            coalesce(sum(grade_points), 0) as total_grade_points
        from scoped
        group by scope, student_key, school_key, school_year
    ),

    final as (
        select
            student_years.student_year_key,
            coalesce(measured.judged_marks, 0) as judged_marks,
            coalesce(measured.failing_marks, 0) as failing_marks,
            coalesce(measured.core_judged_marks, 0) as core_judged_marks,
            coalesce(measured.core_failing_marks, 0) as core_failing_marks,
            coalesce(measured.pointed_marks, 0) as pointed_marks,
            coalesce(measured.total_grade_points, 0) as total_grade_points,
            -- Credits add up over schools, so a school's row tells what the student has in the district.
            credits.year_judged_marks,
            credits.credits_earned,
            credits.summer_credits_earned,
            credits.core_failed_twelfths,
            credits.algebra1_credits,
            credits.is_repeating_grade9
        from student_years
        left join
            measured
            on student_years.scope = measured.scope
            and student_years.student_key = measured.student_key
            and student_years.school_year = measured.school_year
            and coalesce(student_years.school_key, '') = measured.school_key
        left join
            credits
            on student_years.student_key = credits.student_key
            and student_years.school_year = credits.school_year
        where measured.student_key is not null or credits.student_key is not null
    )

select *
from final
