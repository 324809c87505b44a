with
    records as (select * from {{ ref("int_attendance_records_valued") }}),

    days as (
        select
            student_key,
            school_key,
            attendance_on,
            school_year,
            record_basis,
            -- Where every period is sent, the day is the mean of its periods; exceptions of a day add up to
            -- a whole day at most.
            cast(
                case
                    when record_basis = 'every_day'
                    then avg(absent_fraction)
                    else least(sum(absent_fraction), 1)
                end as decimal(9, 4)
            ) as absent_fraction,
            max_by(
                attendance_category, cast(coalesce(absent_fraction, 0) as varchar) || attendance_category
            ) as attendance_category,
            bool_or(is_tardy) as is_tardy
        from records
        group by student_key, school_key, attendance_on, school_year, record_basis
    ),

    final as (
        select *
        from days
        -- A school that sends both kinds for a day has said more with the complete one.
        qualify
            row_number() over (partition by student_key, school_key, attendance_on order by record_basis) = 1
    )

select *
from final
