with
    enrollments as (select * from {{ ref("int_enrollments_united") }} where entry_on is not null),

    identities as (select * from {{ ref("int_student_identities") }}),

    rostered as (select * from {{ ref("int_students_rostered") }}),

    school_years as (select * from {{ ref("int_school_years_ended") }}),

    placed as (
        select
            enrollments.enrollment_id,
            rostered.student_key,
            rostered.current_grade_level,
            {{ school_key("enrollments.school_number") }} as school_key,
            coalesce(
                enrollments.school_year, {{ school_year_of_date("enrollments.entry_on") }}
            ) as school_year,
            enrollments.grade_level as enrolled_grade_level,
            enrollments.entry_on,
            enrollments.exit_on as delivered_exit_on
        from enrollments
        inner join
            identities
            on enrollments.person_namespace = identities.person_namespace
            and enrollments.person_id = identities.person_id
        inner join rostered on identities.student_key = rostered.student_key
        where enrollments.school_number is not null
    ),

    final as (
        select
            placed.enrollment_id,
            placed.student_key,
            placed.school_key,
            placed.school_year,
            placed.enrolled_grade_level,
            -- The roster knows the current grade only, so it can speak for the latest year only.
            case
                when placed.school_year = max(placed.school_year) over () then placed.current_grade_level
            end as roster_grade_level,
            placed.entry_on,
            placed.delivered_exit_on is null as is_open,
            least(
                coalesce(
                    placed.delivered_exit_on,
                    school_years.calendar_ends_on,
                    {{ school_year_end("placed.school_year") }}
                ),
                {{ school_year_end("placed.school_year") }}
            ) as exit_on
        from placed
        left join school_years using (school_key, school_year)
    )

select *
from final
where exit_on >= entry_on
