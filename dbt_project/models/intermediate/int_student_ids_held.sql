with
    records as (
        select *, bool_or(has_enrollment) over (partition by own_key) as is_enrolled
        from {{ ref("int_student_records_keyed") }}
    ),

    split_state_ids as (
        select distinct person_id
        from {{ ref("int_person_decisions_dated") }}
        where
            decision_state = 'standing'
            and kind = 'split'
            and person_type = 'student'
            and person_namespace = 'state'
    ),

    ids as (
        select person_namespace, person_id, own_key as holder_key, 'own_id' as match_rule, is_enrolled
        from records
        where person_id is not null
        union all
        select 'local', student_number, own_key, 'local_number', is_enrolled
        from records
        where student_number is not null
        union all
        select 'state', state_student_id, own_key, 'state_id', is_enrolled
        from records
        where state_student_id is not null
    ),

    final as (
        select
            person_namespace,
            person_id,
            holder_key,
            min(match_rule) as match_rule,
            bool_or(is_enrolled) as is_enrolled,
            person_namespace = 'state'
            and person_id in (select person_id from split_state_ids) as is_split_off
        from ids
        group by person_namespace, person_id, holder_key
    )

select *
from final
