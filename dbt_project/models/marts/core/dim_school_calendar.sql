with
    calendar as (
        select *
        from {{ ref("int_calendar_days_united") }}
        where school_number is not null and date_on is not null
    ),

    final as (
        select {{ school_key("school_number") }} as school_key, date_on, school_year, is_school_day, day_type
        from calendar
        -- Where two systems send a school's calendar, one of them speaks.
        qualify
            row_number() over (
                partition by school_number, date_on order by source_system, source_file, source_row
            )
            = 1
    )

select *
from final
