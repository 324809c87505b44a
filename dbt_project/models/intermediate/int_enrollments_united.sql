{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "enrollments",
                [
                    "enrollment_id",
                    "person_namespace",
                    "person_id",
                    "school_number",
                    "school_year",
                    "entry_on",
                    "exit_on",
                    "grade_level",
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
