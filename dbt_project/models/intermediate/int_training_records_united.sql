{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "training_records",
                [
                    "training_id",
                    "person_namespace",
                    "person_id",
                    "course_code",
                    "course_title",
                    "hours",
                    "enrolled_on",
                    "completed_on",
                    "status",
                    "score",
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
