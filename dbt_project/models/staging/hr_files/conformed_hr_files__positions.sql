with
    records as (select * from {{ ref("stg_hr_files__positions") }}),

    final as (
        select
            position_id,
            school_number,
            job_title,
            school_year,
            budgeted_fte,
            filled_fte,
            'hr_files__positions' as source_table,
            row_id,
            source_file,
            source_row,
            delivered_on
        from records
    )

select *
from final
