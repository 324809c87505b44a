{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "stocktakes",
                [
                    "stocktake_id",
                    "goal_id",
                    "school_number",
                    "planned_on",
                    "held_on",
                    "exported_on",
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
