with
    dates as (
        select
            cast(
                unnest(generate_series(date '2010-07-01', date '2040-06-30', interval 1 day)) as date
            ) as date_on
    ),

    final as (
        select
            date_on,
            {{ school_year_of_date("date_on") }} as school_year,
            cast(extract(month from date_on) as integer) as month,
            cast(extract(isodow from date_on) as integer) as day_of_week,
            extract(isodow from date_on) in (6, 7) as is_weekend
        from dates
    )

select *
from final
