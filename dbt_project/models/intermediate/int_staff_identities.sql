with
    matched as (select * from {{ ref("int_staff_ids_matched") }}),

    final as (
        select person_namespace, person_id, staff_key, match_status = 'matched' as is_in_roster
        from matched
        where match_status = 'matched' or staff_key <> own_key
    )

select *
from final
