with
    matched as (select * from {{ ref("int_staff_ids_matched") }}),

    final as (
        select
            {{ row_key("staff_identity", ["person_namespace", "person_id"]) }} as staff_identity_key,
            person_namespace,
            person_id,
            staff_key,
            match_rule,
            match_status
        from matched
    )

select *
from final
