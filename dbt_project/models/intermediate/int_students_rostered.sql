with
    users as (select * from {{ ref("stg_oneroster__users") }} where not is_deleted),

    student_roles as (
        select distinct user_sourced_id
        from {{ ref("stg_oneroster__roles") }}
        where role = 'student' and not is_deleted
    ),

    student_enrollments as (
        select distinct user_sourced_id
        from {{ ref("stg_oneroster__enrollments") }}
        where role = 'student' and not is_deleted
    ),

    grade_levels as (select * from {{ ref("grade_levels") }}),

    students as (
        select
            users.user_sourced_id,
            coalesce(users.student_number, users.user_sourced_id) as student_number,
            users.state_student_id,
            grade_levels.grade_level as current_grade_level,
            student_enrollments.user_sourced_id is not null as has_enrollment
        from users
        left join student_roles using (user_sourced_id)
        left join student_enrollments using (user_sourced_id)
        left join grade_levels on users.grade_code = grade_levels.grade_code
        where student_roles.user_sourced_id is not null or student_enrollments.user_sourced_id is not null
    ),

    final as (
        select
            {{ student_key("student_number") }} as student_key,
            *,
            -- Two records with one state id: the enrolled one is meant. If that does not decide, nobody is.
            state_student_id is not null
            and case
                when count(*) over (partition by state_student_id) = 1
                then true
                else
                    has_enrollment
                    and count(*) filter (where has_enrollment) over (partition by state_student_id) = 1
            end as is_found_by_state_id
        from students
    )

select *
from final
