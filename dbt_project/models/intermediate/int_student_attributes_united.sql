{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "student_attributes",
                [
                    "person_namespace",
                    "person_id",
                    "race_ethnicity",
                    "is_english_learner",
                    "has_disability",
                    "is_economically_disadvantaged",
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
