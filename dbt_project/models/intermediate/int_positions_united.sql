{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "positions",
                [
                    "position_id",
                    "school_number",
                    "job_title",
                    "school_year",
                    "budgeted_fte",
                    "filled_fte",
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
