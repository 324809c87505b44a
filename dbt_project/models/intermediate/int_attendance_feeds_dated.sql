with
    records as (select * from {{ ref("int_attendance_records_valued") }}),

    final as (
        select school_key, school_year, max(attendance_on) as latest_event_on
        from records
        where record_basis = 'exceptions'
        group by school_key, school_year
    )

select *
from final
