{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "growth_percentiles",
                [
                    "person_namespace",
                    "person_id",
                    "school_number",
                    "school_year",
                    "subject",
                    "tested_grade",
                    "growth_percentile",
                    "adequate_percentile",
                    "prior_performance_level",
                    "is_prior_proficient",
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
