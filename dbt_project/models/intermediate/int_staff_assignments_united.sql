{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "staff_assignments",
                [
                    "assignment_id",
                    "person_namespace",
                    "person_id",
                    "school_number",
                    "school_year",
                    "job_title",
                    "fte",
                    "begins_on",
                    "ends_on",
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
