with
    matched as (select * from {{ ref("int_student_ids_matched") }}),

    final as (
        select person_namespace, person_id, student_key, match_status = 'matched' as is_in_roster
        from matched
        where match_status = 'matched' or student_key <> own_key
    )

select *
from final
