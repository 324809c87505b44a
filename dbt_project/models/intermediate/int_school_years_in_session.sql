with
    recorded as (select * from {{ ref("int_attendance_days_recorded") }}),

    school_days as (select * from {{ ref("dim_school_calendar") }} where is_school_day),

    latest as (
        select
            school_key,
            school_year,
            max(attendance_on) as latest_on,
            count(distinct attendance_on) filter (
                where record_basis = 'every_day' and absent_fraction is not null
            ) as recorded_days
        from recorded
        group by school_key, school_year
    ),

    counted as (
        select latest.school_key, latest.school_year, count(*) as calendar_days
        from latest
        inner join
            school_days
            on latest.school_key = school_days.school_key
            and latest.school_year = school_days.school_year
            and school_days.date_on <= latest.latest_on
        group by latest.school_key, latest.school_year
    ),

    final as (
        select
            latest.school_key,
            latest.school_year,
            -- A school that sends every day may have no calendar; then its own dates are its days.
            coalesce(counted.calendar_days, nullif(latest.recorded_days, 0)) as days_in_session
        from latest
        left join counted using (school_key, school_year)
    )

select *
from final
