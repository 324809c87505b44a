{% set items = ["safety", "belonging", "relationships", "expectations", "voice"] %}

with
    responses as (select * from {{ ref("stg_survey_files__responses") }}),

    grade_levels as (select * from {{ ref("grade_levels") }}),

    race_labels as (select * from {{ ref("race_labels") }}),

    answers as (
        {% for item in items %}
            select row_id, '{{ item }}' as item, {{ item }} as answer
            from responses
            where {{ item }} is not null {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    final as (
        select
            responses.response_id,
            coalesce(
                responses.school_year, {{ school_year_of_date("responses.submitted_on") }}
            ) as school_year,
            responses.school_number,
            responses.respondent_type,
            grade_levels.grade_level,
            race_labels.race_ethnicity,
            responses.submitted_on,
            answers.item,
            answers.answer,
            'survey_files__responses' as source_table,
            responses.row_id,
            responses.source_file,
            responses.source_row,
            responses.delivered_on
        from answers
        inner join responses using (row_id)
        left join grade_levels on responses.grade_code = grade_levels.grade_code
        left join race_labels on responses.race_label = race_labels.race_label
    )

select *
from final
