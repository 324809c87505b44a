with
    students as (
        select *
        from {{ ref("int_students_united") }}
        where person_id is not null or student_number is not null
    ),

    enrolled as (select distinct person_namespace, person_id from {{ ref("int_enrollments_united") }}),

    -- A local number is not split off: it is what the person goes by.
    splits as (
        select distinct person_namespace, person_id
        from {{ ref("int_person_decisions_dated") }}
        where
            decision_state = 'standing'
            and kind = 'split'
            and person_type = 'student'
            and person_namespace <> 'local'
    ),

    final as (
        select
            students.person_namespace,
            students.person_id,
            students.source_system,
            case when splits.person_id is null then students.student_number end as student_number,
            students.state_student_id,
            nullif(lower(trim(students.given_name)), '') as given_name,
            nullif(lower(trim(students.family_name)), '') as family_name,
            students.birth_on,
            students.grade_level,
            enrolled.person_id is not null as has_enrollment,
            splits.person_id is not null as is_split,
            case
                when students.student_number is not null and splits.person_id is null
                then {{ student_key("students.student_number") }}
                else {{ own_id_key("student", "students.person_namespace", "students.person_id") }}
            end as own_key,
            students.source_file,
            students.source_row
        from students
        left join
            enrolled
            on students.person_namespace = enrolled.person_namespace
            and students.person_id = enrolled.person_id
        left join
            splits
            on students.person_namespace = splits.person_namespace
            and students.person_id = splits.person_id
    )

select *
from final
