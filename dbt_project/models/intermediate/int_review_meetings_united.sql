{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "review_meetings",
                [
                    "review_id",
                    "goal_id",
                    "meeting_on",
                    "title",
                    "chair_role",
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
