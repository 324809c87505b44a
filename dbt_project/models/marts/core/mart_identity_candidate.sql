with
    pairs as (select * from {{ ref("int_student_links_ruled") }} where not is_linked),

    resolved as (select * from {{ ref("int_student_keys_resolved") }}),

    final as (
        select
            {{ row_key("identity_candidate", ["pairs.match_rule", "pairs.person_key", "pairs.into_key"]) }}
            as identity_candidate_key,
            'student' as person_type,
            pairs.match_rule,
            pairs.person_namespace,
            pairs.person_id,
            pairs.into_namespace,
            pairs.into_id
        from pairs
        left join resolved on pairs.person_key = resolved.person_key
        left join resolved as others on pairs.into_key = others.person_key
        -- Who is one person already needs no proposal.
        where
            coalesce(resolved.resolved_key, pairs.person_key) <> coalesce(others.resolved_key, pairs.into_key)
    )

select *
from final
