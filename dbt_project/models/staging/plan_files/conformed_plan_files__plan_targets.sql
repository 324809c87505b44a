with
    records as (select * from {{ ref("stg_plan_files__targets") }}),

    final as (
        select
            measure_id,
            school_year,
            target_value,
            'plan_files__targets' as source_table,
            row_id,
            source_file,
            source_row,
            delivered_on
        from records
    )

select *
from final
