{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "course_sections",
                [
                    "section_id",
                    "school_number",
                    "course_code",
                    "course_title",
                    "subject_names",
                    "subject_codes",
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
