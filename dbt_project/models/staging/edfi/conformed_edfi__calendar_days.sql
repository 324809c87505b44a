with
    calendar_dates as (select * from {{ ref("stg_edfi__calendar_dates") }}),

    schools as (select * from {{ ref("numbered_edfi__schools") }}),

    meanings as ({{ edfi_meanings("calendar_days.day_type") }}),

    day_types as (select * from {{ ref("calendar_day_types") }}),

    events as (select *, {{ json_elements("calendar_events") }} as event from calendar_dates),

    typed as (
        select
            schools.school_number,
            events.date_on,
            coalesce(events.school_year, {{ school_year_of_date("events.date_on") }}) as school_year,
            meanings.meaning as day_type,
            coalesce(day_types.is_school_day, false) as is_school_day,
            events.calendar_code,
            events.row_id,
            events.source_file,
            events.source_row,
            events.delivered_on
        from events
        inner join schools using (edfi_school_id)
        left join
            meanings
            on lower({{ json_text("events.event", "calendarEventDescriptor") }}) = meanings.descriptor
        left join day_types on meanings.meaning = day_types.day_type
        where events.date_on is not null
    ),

    final as (
        select
            school_number,
            date_on,
            school_year,
            day_type,
            is_school_day,
            'edfi__calendar_dates' as source_table,
            row_id,
            source_file,
            source_row,
            delivered_on
        from typed
        -- A day may have several events, and a school several calendars: it is a school day if one of them
        -- says so.
        qualify
            row_number() over (
                partition by school_number, date_on
                order by is_school_day desc, (day_type is null), calendar_code, day_type
            )
            = 1
    )

select *
from final
