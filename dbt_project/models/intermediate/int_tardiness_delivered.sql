with
    days as (select * from {{ ref("int_attendance_days_recorded") }}),

    final as (select distinct school_key, school_year from days where is_tardy and school_key is not null)

select *
from final
