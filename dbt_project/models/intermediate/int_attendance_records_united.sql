{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "attendance_records",
                [
                    "person_namespace",
                    "person_id",
                    "school_number",
                    "attendance_on",
                    "record_basis",
                    "attendance_category",
                    "is_absent",
                    "is_tardy",
                    "day_fraction",
                    "period",
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
