with
    matched as (select * from {{ ref("int_student_ids_matched") }}),

    final as (
        select
            {{ row_key("student_identity", ["person_namespace", "person_id"]) }} as student_identity_key,
            person_namespace,
            person_id,
            student_key,
            match_rule,
            match_status
        from matched
    )

select *
from final
