with
    students as (select * from {{ ref("int_students_united") }} where student_number is not null),

    enrolled as (select distinct person_namespace, person_id from {{ ref("int_enrollments_united") }}),

    marked as (
        select
            students.*,
            bool_or(enrolled.person_id is not null) over (
                partition by students.student_number
            ) as has_enrollment
        from students
        left join
            enrolled
            on students.person_namespace = enrolled.person_namespace
            and students.person_id = enrolled.person_id
    ),

    -- Several systems may know a student: they agree on the number, and one of them speaks.
    distinct_students as (
        select *
        from marked
        qualify
            row_number() over (
                partition by student_number
                order by (grade_level is null), source_system, source_file, source_row
            )
            = 1
    ),

    final as (
        select
            {{ student_key("student_number") }} as student_key,
            student_number,
            state_student_id,
            grade_level as current_grade_level,
            has_enrollment,
            -- Two records with one state id: the enrolled one is meant. If that does not decide, nobody is.
            state_student_id is not null
            and case
                when count(*) over (partition by state_student_id) = 1
                then true
                else
                    has_enrollment
                    and count(*) filter (where has_enrollment) over (partition by state_student_id) = 1
            end as is_found_by_state_id
        from distinct_students
    )

select *
from final
