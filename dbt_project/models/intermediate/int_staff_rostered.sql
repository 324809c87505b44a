with
    records as (select * from {{ ref("int_staff_records_keyed") }}),

    resolved as (select * from {{ ref("int_staff_keys_resolved") }}),

    final as (
        select coalesce(resolved.resolved_key, records.own_key) as staff_key
        from records
        left join resolved on records.own_key = resolved.person_key
        group by 1
        having count(records.staff_number) > 0 or bool_or(records.is_split)
    )

select *
from final
