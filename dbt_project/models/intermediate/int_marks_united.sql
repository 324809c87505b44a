{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "marks",
                [
                    "mark_id",
                    "person_namespace",
                    "person_id",
                    "school_number",
                    "section_id",
                    "course_code",
                    "course_title",
                    "subject_names",
                    "subject_codes",
                    "term",
                    "school_year",
                    "letter_mark",
                    "numeric_mark",
                    "is_final",
                    "credits_attempted",
                    "credits_earned",
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
