with
    school_years as (select * from {{ ref("int_school_years_observed") }}),

    enrollment as (select distinct school_year from {{ ref("fct_enrollment_spell") }}),

    discipline as (select distinct school_year from {{ ref("fct_discipline_event") }}),

    results as (
        select
            school_year,
            bool_or(subject = 'ELA') as has_ela_results,
            bool_or(subject = 'MATH') as has_math_results
        from {{ ref("fct_assessment_result") }}
        where instrument = '{{ var("state_instrument") }}'
        group by school_year
    ),

    marks as (select * from {{ ref("int_mark_years_determined") }}),

    calendar as (
        select distinct school_year
        from {{ ref("int_school_years_ended") }}
        where last_school_day_on is not null
    ),

    statuses as (
        select
            school_year,
            bool_or(lens = 'english_learner') as has_english_learner,
            bool_or(lens = 'disability') as has_disability,
            bool_or(lens = 'economic_disadvantage') as has_economic_disadvantage,
            bool_or(lens = 'homeless') as has_homeless,
            bool_or(lens = 'section_504') as has_section_504,
            bool_or(lens = 'foster_care') as has_foster_care,
            bool_or(lens = 'migrant') as has_migrant,
            bool_or(lens = 'military_family') as has_military_family,
            bool_or(lens = 'gifted') as has_gifted
        from {{ ref("int_student_statuses_yearly") }}
        group by school_year
    ),

    programs as (
        select distinct school_year from {{ ref("fct_program_participation") }} where school_year is not null
    ),

    scales as (
        select
            bool_or(subject = 'ELA' and is_vertical) as is_ela_vertical,
            bool_or(subject = 'MATH' and is_vertical) as is_math_vertical
        from {{ ref("assessment_scales") }}
        where instrument = '{{ var("state_instrument") }}'
    ),

    final as (
        select
            school_years.school_year,
            enrollment.school_year is not null as has_enrollment,
            calendar.school_year is not null as has_calendar,
            discipline.school_year is not null as has_discipline,
            coalesce(results.has_ela_results, false) as has_ela_results,
            coalesce(results.has_math_results, false) as has_math_results,
            coalesce(statuses.has_english_learner, false) as has_english_learner,
            coalesce(statuses.has_disability, false) as has_disability,
            coalesce(statuses.has_economic_disadvantage, false) as has_economic_disadvantage,
            coalesce(statuses.has_homeless, false) as has_homeless,
            -- courses
            earlier_enrollment.school_year is not null as has_earlier_enrollment,
            coalesce(marks.has_marks, false) as has_marks,
            coalesce(marks.has_core_marks, false) as has_core_marks,
            coalesce(marks.has_grade_points, false) as has_grade_points,
            coalesce(marks.has_credits, false) as has_credits,
            coalesce(marks.has_algebra1_marks, false) as has_algebra1_marks,
            coalesce(marks.year_twelfths_done, 0) as year_twelfths_done,
            -- achievement
            coalesce(earlier_results.has_ela_results, false) as has_earlier_ela_results,
            coalesce(earlier_results.has_math_results, false) as has_earlier_math_results,
            coalesce(scales.is_ela_vertical, false) as is_ela_vertical,
            coalesce(scales.is_math_vertical, false) as is_math_vertical,
            -- lenses
            coalesce(statuses.has_section_504, false) as has_section_504,
            coalesce(statuses.has_foster_care, false) as has_foster_care,
            coalesce(statuses.has_migrant, false) as has_migrant,
            coalesce(statuses.has_military_family, false) as has_military_family,
            coalesce(statuses.has_gifted, false) as has_gifted,
            programs.school_year is not null as has_programs,
            earlier_discipline.school_year is not null as has_earlier_discipline
        from school_years
        left join enrollment using (school_year)
        left join calendar using (school_year)
        left join discipline using (school_year)
        left join results using (school_year)
        left join statuses using (school_year)
        left join marks using (school_year)
        left join
            enrollment as earlier_enrollment on earlier_enrollment.school_year = school_years.school_year - 1
        left join results as earlier_results on earlier_results.school_year = school_years.school_year - 1
        left join programs on programs.school_year = school_years.school_year
        left join
            discipline as earlier_discipline on earlier_discipline.school_year = school_years.school_year - 1
        cross join scales
    )

select *
from final
