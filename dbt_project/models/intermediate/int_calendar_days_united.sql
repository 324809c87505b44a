{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "calendar_days",
                [
                    "school_number",
                    "date_on",
                    "school_year",
                    "day_type",
                    "is_school_day",
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
