with
    takings as (select * from {{ ref("stg_sis_files__attendance_taken") }}),

    final as (
        select
            school_number,
            section_id,
            attendance_on,
            is_taken,
            'sis_files__attendance_taken' as source_table,
            row_id,
            source_file,
            source_row,
            delivered_on
        from takings
    )

select *
from final
