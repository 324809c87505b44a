with
    records as (select * from {{ ref("stg_sis_files__attendance") }}),

    codes as (select * from {{ ref("attendance_codes") }}),

    final as (
        select
            {{ student_key("records.student_number") }} as student_key,
            {{ school_key("records.school_number") }} as school_key,
            records.attendance_on,
            {{ school_year_of_date("records.attendance_on") }} as school_year,
            records.record_basis,
            coalesce(codes.attendance_category, 'unknown') as attendance_category,
            codes.is_absent,
            coalesce(codes.is_tardy, false) as is_tardy,
            cast(
                case
                    when codes.is_absent
                    then coalesce(records.day_fraction, 1)
                    when not codes.is_absent
                    then 0
                end as decimal(9, 4)
            ) as absent_fraction
        from records
        left join codes using (attendance_code)
        where records.student_number is not null and records.attendance_on is not null
    )

select *
from final
