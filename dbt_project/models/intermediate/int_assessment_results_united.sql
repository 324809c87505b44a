{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "assessment_results",
                [
                    "result_id",
                    "person_namespace",
                    "person_id",
                    "school_number",
                    "school_year",
                    "instrument",
                    "window_name",
                    "subject",
                    "tested_grade",
                    "scale_score",
                    "performance_level",
                    "status_code",
                    "tested_on",
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
