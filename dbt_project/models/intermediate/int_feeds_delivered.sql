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
            bool_or(lens = 'homeless') as has_homeless
        from {{ ref("int_student_statuses_yearly") }}
        group by school_year
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
            coalesce(statuses.has_homeless, false) as has_homeless
        from school_years
        left join enrollment using (school_year)
        left join calendar using (school_year)
        left join discipline using (school_year)
        left join results using (school_year)
        left join statuses using (school_year)
    )

select *
from final
