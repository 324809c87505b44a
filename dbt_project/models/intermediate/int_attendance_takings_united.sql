{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "attendance_takings",
                [
                    "school_number",
                    "section_id",
                    "attendance_on",
                    "is_taken",
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
