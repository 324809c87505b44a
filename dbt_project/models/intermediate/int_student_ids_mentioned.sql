{% set concepts = [
    "attendance_records",
    "student_statuses",
    "discipline_actions",
    "student_attributes",
    "marks",
    "assessment_results",
    "program_participations",
    "postsecondary_enrollments",
    "cohort_records",
    "growth_percentiles",
] %}

with
    final as (
        {% for concept in concepts %}
            select source_table, person_namespace, person_id, count(*) as rows_total
            from {{ ref("int_" ~ concept ~ "_united") }}
            group by source_table, person_namespace, person_id {{ "union all" if not loop.last }}
        {% endfor %}
    )

select *
from final
