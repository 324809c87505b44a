{{ config(materialized="view") }}

with
    final as (
        {{
            united(
                "postsecondary_enrollments",
                [
                    "record_id",
                    "person_namespace",
                    "person_id",
                    "is_found",
                    "searched_on",
                    "institution_code",
                    "institution_name",
                    "institution_level",
                    "begins_on",
                    "ends_on",
                    "enrollment_status",
                    "has_graduated",
                    "graduated_on",
                    "degree_title",
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
