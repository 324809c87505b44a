{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "plan_targets",
                [
                    "measure_id",
                    "school_year",
                    "target_value",
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
