with
    marks as (
        select *
        from {{ ref("fct_course_mark") }}
        where is_final and school_year is not null and student_key is not null
    ),

    earned as (
        select
            student_key,
            school_year,
            count(is_failing) as year_judged_marks,
            -- A final mark without credits carries none.
            coalesce(sum(credits_earned), 0) as credits_earned,
            coalesce(sum(credits_earned) filter (where is_summer_term), 0) as summer_credits_earned,
            coalesce(
                sum(term_twelfths_long) filter (where is_failing and {{ is_core("core_subject") }}), 0
            ) as core_failed_twelfths,
            coalesce(sum(credits_earned) filter (where shows_algebra1), 0) as year_algebra1_credits
        from marks
        group by student_key, school_year
    ),

    grade_ranks as (select distinct grade_level, grade_rank from {{ ref("grade_levels") }}),

    grades as (
        select spells.student_key, spells.school_year, max(grade_ranks.grade_rank) as grade_rank
        from {{ ref("fct_enrollment_spell") }} as spells
        inner join grade_ranks using (grade_level)
        group by spells.student_key, spells.school_year
    ),

    high_school as (
        select student_key, min(school_year) as first_high_school_year
        from grades
        where grade_rank >= 9
        group by student_key
    ),

    final as (
        select
            earned.student_key,
            earned.school_year,
            earned.year_judged_marks,
            earned.credits_earned,
            earned.summer_credits_earned,
            earned.core_failed_twelfths,
            sum(earned.year_algebra1_credits) over (
                partition by earned.student_key
                order by earned.school_year
                rows between unbounded preceding and current row
            ) as algebra1_credits,
            coalesce(high_school.first_high_school_year < earned.school_year, false) as is_repeating_grade9
        from earned
        left join high_school using (student_key)
    )

select *
from final
