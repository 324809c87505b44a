{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "program_participations",
                [
                    "participation_id",
                    "person_namespace",
                    "person_id",
                    "school_number",
                    "school_year",
                    "program_code",
                    "program_name",
                    "begins_on",
                    "ends_on",
                    "sessions_attended",
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
