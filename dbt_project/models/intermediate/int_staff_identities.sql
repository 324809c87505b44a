with
    staff as (select * from {{ ref("int_staff_members_united") }} where staff_number is not null),

    identities as (
        select person_namespace, person_id, {{ staff_key("staff_number") }} as staff_key
        from staff
        union
        select 'local', staff_number, {{ staff_key("staff_number") }}
        from staff
    ),

    final as (
        select person_namespace, person_id, staff_key
        from identities
        where person_id is not null
        -- An id that two members of staff carry leads to neither.
        qualify count(*) over (partition by person_namespace, person_id) = 1
    )

select *
from final
