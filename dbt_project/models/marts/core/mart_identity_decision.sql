with
    dated as (select * from {{ ref("int_person_decisions_dated") }}),

    judged as (
        select decision_id, decision_state, refusal_reason
        from {{ ref("int_student_decisions_judged") }}
        union all
        select decision_id, decision_state, refusal_reason
        from {{ ref("int_staff_decisions_judged") }}
    ),

    final as (
        select
            dated.decision_id,
            dated.person_type,
            dated.kind,
            dated.effective_on,
            dated.revoked_on,
            judged.decision_state,
            judged.refusal_reason
        from dated
        inner join judged on dated.decision_id = judged.decision_id
    )

select *
from final
