with
    students as (select * from {{ ref("stg_sis_database__students") }} where not is_deleted),

    births as (
        select student_id, max(birth_on) as birth_on
        from {{ ref("stg_sis_database__student_demographics") }}
        where not is_deleted
        group by student_id
    ),

    grade_levels as (select * from {{ ref("grade_levels") }}),

    final as (
        select
            'sis_database' as person_namespace,
            students.student_id as person_id,
            students.student_number,
            nullif(students.state_student_id, '') as state_student_id,
            students.given_name,
            students.family_name,
            births.birth_on,
            grade_levels.grade_level,
            'sis_database__students' as source_table,
            students.row_id,
            students.source_file,
            students.source_row,
            students.delivered_on
        from students
        left join births using (student_id)
        left join grade_levels using (grade_code)
    )

select *
from final
