{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "person_decisions",
                [
                    "decision_id",
                    "kind",
                    "person_type",
                    "person_namespace",
                    "person_id",
                    "into_namespace",
                    "into_id",
                    "effective_on",
                    "revoked_on",
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
