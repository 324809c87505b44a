{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "cohort_records",
                [
                    "person_namespace",
                    "person_id",
                    "school_number",
                    "grade9_school_year",
                    "exited_on",
                    "exit_type",
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
