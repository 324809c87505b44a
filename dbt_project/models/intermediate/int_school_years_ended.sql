with
    calendar as (select * from {{ ref("dim_school_calendar") }}),

    final as (
        select
            school_key,
            school_year,
            max(date_on) as calendar_ends_on,
            max(date_on) filter (where is_school_day) as last_school_day_on
        from calendar
        group by school_key, school_year
    )

select *
from final
