with
    responses as (select * from {{ ref("int_survey_responses_united") }}),

    final as (
        select
            {{ row_key("survey_answer", ["source_system", "school_year", "response_id", "item"]) }}
            as survey_answer_key,
            {{ row_key("survey_response", ["source_system", "school_year", "response_id"]) }}
            as survey_response_key,
            {{ school_key("school_number") }} as school_key,
            school_year,
            respondent_type,
            coalesce(grade_level, 'unknown') as grade_level,
            coalesce(race_ethnicity, 'unknown') as race_ethnicity,
            item,
            answer,
            answer >= {{ var("survey_lowest_favorable_answer") }} as is_favorable
        from responses
    )

select *
from final
