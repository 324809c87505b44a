{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "students",
                [
                    "person_namespace",
                    "person_id",
                    "student_number",
                    "state_student_id",
                    "given_name",
                    "family_name",
                    "birth_on",
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
