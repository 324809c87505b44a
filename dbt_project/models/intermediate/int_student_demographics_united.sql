{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "student_demographics",
                [
                    "person_namespace",
                    "person_id",
                    "birth_on",
                    "gender",
                    "is_hispanic",
                    "is_american_indian",
                    "is_asian",
                    "is_black",
                    "is_middle_eastern",
                    "is_pacific_islander",
                    "is_white",
                    "is_two_or_more_races",
                    "modified_at",
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
