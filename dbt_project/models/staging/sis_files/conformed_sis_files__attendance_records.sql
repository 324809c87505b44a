with
    records as (select * from {{ ref("stg_sis_files__attendance") }}),

    codes as (select * from {{ ref("attendance_codes") }}),

    final as (
        select
            'local' as person_namespace,
            records.student_number as person_id,
            records.school_number,
            records.attendance_on,
            records.record_basis,
            coalesce(codes.attendance_category, 'unknown') as attendance_category,
            codes.is_absent,
            coalesce(codes.is_tardy, false) as is_tardy,
            records.day_fraction,
            records.period,
            'sis_files__attendance' as source_table,
            records.row_id,
            records.source_file,
            records.source_row,
            records.delivered_on
        from records
        left join codes using (attendance_code)
    )

select *
from final
