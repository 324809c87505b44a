with
    records as (select * from {{ ref("int_staff_records_keyed") }}),

    ids as (
        select person_namespace, person_id, own_key as holder_key, 'own_id' as match_rule
        from records
        where person_id is not null
        union all
        select 'local', staff_number, own_key, 'local_number'
        from records
        where staff_number is not null
    ),

    final as (
        select
            person_namespace,
            person_id,
            holder_key,
            min(match_rule) as match_rule,
            -- No rule asks for either of staff.
            false as is_enrolled,
            false as is_split_off
        from ids
        group by person_namespace, person_id, holder_key
    )

select *
from final
