with
    students as (select * from {{ ref("int_students_united") }} where student_number is not null),

    rostered as (select * from {{ ref("int_students_rostered") }}),

    identities as (
        select person_namespace, person_id, {{ student_key("student_number") }} as student_key
        from students
        union
        select 'local', student_number, student_key
        from rostered
        union
        select 'state', state_student_id, student_key
        from rostered
        where is_found_by_state_id
    ),

    final as (
        select person_namespace, person_id, student_key
        from identities
        where person_id is not null
        -- An id that two students carry leads to neither.
        qualify count(*) over (partition by person_namespace, person_id) = 1
    )

select *
from final
