with
    mentions as (select * from {{ ref("int_student_ids_mentioned") }}),

    matched as (select * from {{ ref("int_student_ids_matched") }}),

    final as (
        select
            mentions.source_table,
            mentions.person_namespace,
            mentions.person_id,
            matched.student_key,
            case when mentions.person_namespace = 'local' then mentions.person_id end as student_number,
            case when mentions.person_namespace = 'state' then mentions.person_id end as state_student_id,
            coalesce(matched.match_status = 'ambiguous', false) as is_ambiguous,
            mentions.rows_total
        from mentions
        left join
            matched
            on mentions.person_namespace = matched.person_namespace
            and mentions.person_id = matched.person_id
    )

select *
from final
