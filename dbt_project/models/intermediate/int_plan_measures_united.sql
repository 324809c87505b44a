{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "plan_measures",
                [
                    "measure_id",
                    "goal_id",
                    "title",
                    "metric",
                    "dimension",
                    "member",
                    "owner_role",
                    "baseline_year",
                    "baseline_value",
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
