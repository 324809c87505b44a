{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "discipline_actions",
                [
                    "action_id",
                    "incident_id",
                    "person_namespace",
                    "person_id",
                    "school_number",
                    "behavior_code",
                    "action_category",
                    "incident_on",
                    "action_begins_on",
                    "duration_days",
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
