with
    calendar as (select * from {{ ref("stg_sis_files__calendar") }}),

    day_types as (select * from {{ ref("calendar_day_types") }}),

    final as (
        select
            {{ school_key("calendar.school_number") }} as school_key,
            calendar.date_on,
            {{ school_year_of_date("calendar.date_on") }} as school_year,
            coalesce(day_types.is_school_day, false) as is_school_day,
            calendar.day_type
        from calendar
        left join day_types using (day_type)
        where calendar.school_number is not null and calendar.date_on is not null
    )

select *
from final
