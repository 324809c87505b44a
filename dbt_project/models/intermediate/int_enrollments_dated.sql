with
    enrollments as (
        select * from {{ ref("stg_oneroster__enrollments") }} where role = 'student' and not is_deleted
    ),

    rostered as (select * from {{ ref("int_students_rostered") }}),

    orgs as (select * from {{ ref("stg_oneroster__orgs") }} where not is_deleted),

    classes as (select * from {{ ref("int_classes_graded") }}),

    school_years as (select * from {{ ref("int_school_years_ended") }}),

    placed as (
        select
            enrollments.enrollment_sourced_id,
            rostered.student_key,
            rostered.current_grade_level,
            {{ school_key("orgs.school_number") }} as school_key,
            {{ school_year_of_date("enrollments.begins_on") }} as school_year,
            coalesce(classes.is_homeroom, false) as is_homeroom,
            classes.grade_level as class_grade_level,
            enrollments.begins_on as entry_on,
            -- OneRoster end dates are exclusive: the last membership day is the day before.
            cast(enrollments.ends_before_on - interval 1 day as date) as delivered_exit_on
        from enrollments
        inner join rostered using (user_sourced_id)
        inner join orgs using (org_sourced_id)
        left join classes using (class_sourced_id)
        where enrollments.begins_on is not null
    ),

    homerooms_preferred as (
        select
            *,
            max(case when is_homeroom then 1 else 0 end) over (
                partition by student_key, school_key, school_year
            )
            = 1 as has_homeroom
        from placed
    ),

    final as (
        select
            homerooms_preferred.enrollment_sourced_id,
            homerooms_preferred.student_key,
            homerooms_preferred.school_key,
            homerooms_preferred.school_year,
            case when is_homeroom then class_grade_level end as homeroom_grade_level,
            -- The roster knows the current grade only, so it can speak for the latest year only.
            case
                when homerooms_preferred.school_year = max(homerooms_preferred.school_year) over ()
                then current_grade_level
            end as roster_grade_level,
            entry_on,
            delivered_exit_on is null as is_open,
            least(
                coalesce(
                    delivered_exit_on,
                    school_years.calendar_ends_on,
                    {{ school_year_end("homerooms_preferred.school_year") }}
                ),
                {{ school_year_end("homerooms_preferred.school_year") }}
            ) as exit_on
        from homerooms_preferred
        left join school_years using (school_key, school_year)
        where is_homeroom = has_homeroom
    )

select *
from final
where exit_on >= entry_on
