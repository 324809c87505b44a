{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "schools",
                [
                    "school_number",
                    "school_name",
                    "highest_grade_rank",
                    "region",
                    "feeder",
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
