with
    staff as (
        select *
        from {{ ref("int_staff_members_united") }}
        where person_id is not null or staff_number is not null
    ),

    -- A staff number is not split off: it is what the person goes by.
    splits as (
        select distinct person_namespace, person_id
        from {{ ref("int_person_decisions_dated") }}
        where
            decision_state = 'standing'
            and kind = 'split'
            and person_type = 'staff'
            and person_namespace <> 'local'
    ),

    final as (
        select
            staff.person_namespace,
            staff.person_id,
            staff.source_system,
            case when splits.person_id is null then staff.staff_number end as staff_number,
            staff.position,
            staff.hired_on,
            staff.left_on,
            staff.highest_degree,
            staff.certification,
            staff.years_experience_at_hire,
            staff.fte,
            splits.person_id is not null as is_split,
            case
                when staff.staff_number is not null and splits.person_id is null
                then {{ staff_key("staff.staff_number") }}
                else {{ own_id_key("staff", "staff.person_namespace", "staff.person_id") }}
            end as own_key,
            staff.source_row,
            staff.delivered_on
        from staff
        left join
            splits on staff.person_namespace = splits.person_namespace and staff.person_id = splits.person_id
    )

select *
from final
