with
    users as (select * from {{ ref("stg_oneroster__users") }} where not is_deleted),

    student_roles as (
        select distinct user_sourced_id from {{ ref("held_oneroster__roles") }} where role = 'student'
    ),

    student_enrollments as (
        select distinct user_sourced_id
        from {{ ref("stg_oneroster__enrollments") }}
        where role = 'student' and not is_deleted
    ),

    births as (
        select user_sourced_id, max(birth_on) as birth_on
        from {{ ref("stg_oneroster__demographics") }}
        where not is_deleted
        group by user_sourced_id
    ),

    grade_levels as (select * from {{ ref("grade_levels") }}),

    final as (
        select
            'oneroster' as person_namespace,
            users.user_sourced_id as person_id,
            coalesce(users.student_number, users.user_sourced_id) as student_number,
            users.state_student_id,
            users.given_name,
            users.family_name,
            births.birth_on,
            grade_levels.grade_level,
            'oneroster__users' as source_table,
            users.row_id,
            users.source_file,
            users.source_row,
            users.delivered_on
        from users
        left join student_roles using (user_sourced_id)
        left join student_enrollments using (user_sourced_id)
        left join births using (user_sourced_id)
        left join grade_levels on users.grade_code = grade_levels.grade_code
        where student_roles.user_sourced_id is not null or student_enrollments.user_sourced_id is not null
    )

select *
from final
