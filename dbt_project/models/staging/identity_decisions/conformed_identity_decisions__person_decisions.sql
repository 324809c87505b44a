with
    decisions as (select * from {{ ref("stg_identity_decisions__decisions") }}),

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
            'identity_decisions__decisions' as source_table,
            row_id,
            source_file,
            source_row,
            delivered_on
        from decisions
    )

select *
from final
