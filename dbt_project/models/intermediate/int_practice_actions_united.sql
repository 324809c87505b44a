{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "practice_actions",
                [
                    "action_id",
                    "stocktake_id",
                    "school_number",
                    "due_on",
                    "closed_on",
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
