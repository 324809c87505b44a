{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "staff_members",
                [
                    "person_namespace",
                    "person_id",
                    "staff_number",
                    "given_name",
                    "family_name",
                    "position",
                    "hired_on",
                    "left_on",
                    "highest_degree",
                    "certification",
                    "years_experience_at_hire",
                    "fte",
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
