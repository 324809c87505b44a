with
    answers as (select * from {{ ref("fct_survey_response") }}),

    schools as (select * from {{ ref("dim_school") }}),

    scopes as (
        select 'district' as scope
        union all
        select 'school'
    ),

    final as (
        select
            {{ row_key("survey_answer_by_scope", ["scopes.scope", "answers.survey_answer_key"]) }}
            as survey_answer_by_scope_key,
            scopes.scope,
            answers.survey_response_key,
            answers.school_year,
            {{ school_year_start("answers.school_year") }} as school_year_start_on,
            -- lenses
            case when scopes.scope = 'district' then 'district' else schools.school_number end as school,
            schools.school_level,
            answers.grade_level,
            answers.race_ethnicity,
            answers.respondent_type,
            answers.item as survey_topic,
            -- counts
            cast(1 as bigint) as is_answered,
            cast(answers.is_favorable as bigint) as is_favorable
        from answers
        inner join schools on answers.school_key = schools.school_key
        cross join scopes
    )

select *
from final
