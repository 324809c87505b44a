{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "survey_invitations",
                [
                    "school_number",
                    "respondent_type",
                    "school_year",
                    "invited",
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
