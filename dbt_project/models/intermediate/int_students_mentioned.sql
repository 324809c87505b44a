{% set concepts = [
    "attendance_records",
    "student_statuses",
    "discipline_actions",
    "student_attributes",
    "marks",
    "assessment_results",
    "program_participations",
    "postsecondary_enrollments",
] %}

with
    identities as (select * from {{ ref("int_student_identities") }}),

    mentions as (
        {% for concept in concepts %}
            select source_table, person_namespace, person_id, count(*) as rows_total
            from {{ ref("int_" ~ concept ~ "_united") }}
            group by source_table, person_namespace, person_id {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    final as (
        select
            mentions.source_table,
            mentions.person_namespace,
            mentions.person_id,
            case
                when mentions.person_id is not null then {{ resolved_student_key("mentions", "identities") }}
            end as student_key,
            case when mentions.person_namespace = 'local' then mentions.person_id end as student_number,
            case when mentions.person_namespace = 'state' then mentions.person_id end as state_student_id,
            mentions.rows_total
        from mentions
        left join
            identities
            on mentions.person_namespace = identities.person_namespace
            and mentions.person_id = identities.person_id
    )

select *
from final
