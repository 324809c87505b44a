with
    calendar as (select * from {{ ref("stg_sis_files__calendar") }}),

    day_types as (select * from {{ ref("calendar_day_types") }}),

    final as (
        select
            calendar.school_number,
            calendar.date_on,
            {{ school_year_of_date("calendar.date_on") }} as school_year,
            calendar.day_type,
            coalesce(day_types.is_school_day, false) as is_school_day,
            'sis_files__calendar' as source_table,
            calendar.row_id,
            calendar.source_file,
            calendar.source_row,
            calendar.delivered_on
        from calendar
        left join day_types using (day_type)
    )

select *
from final
