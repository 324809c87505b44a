{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "student_statuses",
                [
                    "person_namespace",
                    "person_id",
                    "status_type",
                    "status_code",
                    "lens",
                    "is_in_group",
                    "status_group",
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
