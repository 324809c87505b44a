with
    takings as (
        select *
        from {{ ref("int_attendance_takings_united") }}
        where school_number is not null and section_id is not null and attendance_on is not null
    ),

    calendar as (select * from {{ ref("dim_school_calendar") }}),

    -- A section that two rows name was taken if either says so.
    sections as (
        select school_number, attendance_on, section_id, coalesce(bool_or(is_taken), false) as is_taken
        from takings
        group by school_number, attendance_on, section_id
    ),

    counted as (
        select
            {{ school_key("school_number") }} as school_key,
            school_number,
            attendance_on,
            count(*) as sections_scheduled,
            count(*) filter (where is_taken) as sections_taken
        from sections
        group by school_number, attendance_on
    ),

    final as (
        select
            counted.school_key,
            counted.school_number,
            counted.attendance_on,
            {{ school_year_of_date("counted.attendance_on") }} as school_year,
            cast(counted.sections_scheduled as bigint) as sections_scheduled,
            cast(counted.sections_taken as bigint) as sections_taken
        from counted
        left join
            calendar on counted.school_key = calendar.school_key and counted.attendance_on = calendar.date_on
        -- On a day off no section meets, whatever the timetable says.
        where coalesce(calendar.is_school_day, true)
    )

select *
from final
