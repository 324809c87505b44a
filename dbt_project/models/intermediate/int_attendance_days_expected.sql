{{ config(materialized="view") }}

with
    spells as (select * from {{ ref("fct_enrollment_spell") }}),

    school_days as (select * from {{ ref("dim_school_calendar") }} where is_school_day),

    feeds as (select * from {{ ref("int_attendance_feeds_dated") }}),

    final as (
        select
            spells.student_key,
            spells.school_key,
            spells.school_year,
            spells.entry_on,
            school_days.date_on as attendance_on
        from spells
        inner join feeds using (school_key, school_year)
        inner join
            school_days
            on spells.school_key = school_days.school_key
            and spells.school_year = school_days.school_year
            -- No record means present, but only up to the school's latest submitted record of the year.
            and school_days.date_on between spells.entry_on and least(spells.exit_on, feeds.latest_event_on)
    )

select *
from final
