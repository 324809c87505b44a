with
    decisions as (select * from {{ ref("int_person_decisions_united") }} where decision_id is not null),

    final as (
        select
            decision_id,
            kind,
            person_type,
            person_namespace,
            person_id,
            into_namespace,
            into_id,
            effective_on,
            revoked_on,
            case
                when revoked_on <= {{ identity_as_of() }}
                then 'revoked'
                when effective_on <= {{ identity_as_of() }}
                then 'standing'
                else 'pending'
            end as decision_state
        from decisions
        qualify
            row_number() over (partition by decision_id order by source_system, source_file, source_row) = 1
    )

select *
from final
