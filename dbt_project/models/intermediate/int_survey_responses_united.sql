{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "survey_responses",
                [
                    "response_id",
                    "school_year",
                    "school_number",
                    "respondent_type",
                    "grade_level",
                    "race_ethnicity",
                    "submitted_on",
                    "item",
                    "answer",
                    "source_table",
                    "row_id",
                    "source_file",
                    "source_row",
                    "delivered_on",
                ],
            )
        }}
    )

select *
from final
