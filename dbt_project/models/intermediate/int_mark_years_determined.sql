with
    marks as (select * from {{ ref("fct_course_mark") }} where is_final and school_year is not null),

    students as (
        select student_key, school_year, max(term_twelfths_done) as twelfths_done
        from marks
        group by student_key, school_year
    ),

    ranked as (
        select
            *,
            row_number() over (
                partition by school_year order by twelfths_done desc nulls last, student_key
            ) as place,
            count(*) over (partition by school_year) as students
        from students
    ),

    -- The year is as far as half of the students are: one early mark of a second semester ends nothing.
    progress as (
        select school_year, max(twelfths_done) filter (where place * 2 >= students) as year_twelfths_done
        from ranked
        group by school_year
    ),

    delivered as (
        select
            school_year,
            bool_or(is_failing is not null) as has_marks,
            bool_or(is_failing is not null and {{ is_core("core_subject") }}) as has_core_marks,
            bool_or(grade_points is not null) as has_grade_points,
            bool_or(credits_earned is not null) as has_credits,
            bool_or(shows_algebra1) as has_algebra1_marks
        from marks
        group by school_year
    ),

    final as (
        select delivered.*, coalesce(progress.year_twelfths_done, 0) as year_twelfths_done
        from delivered
        inner join progress using (school_year)
    )

select *
from final
