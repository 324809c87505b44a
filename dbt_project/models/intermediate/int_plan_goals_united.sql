{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "plan_goals",
                [
                    "goal_id",
                    "title",
                    "description",
                    "owner_role",
                    "begin_year",
                    "end_year",
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
