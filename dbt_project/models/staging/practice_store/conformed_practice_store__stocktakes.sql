with
    records as (select * from {{ ref("stg_practice_store__stocktakes") }}),

    final as (
        select
            stocktake_id,
            goal_id,
            school_number,
            planned_on,
            held_on,
            exported_on,
            'practice_store__stocktakes' as source_table,
            row_id,
            source_file,
            source_row,
            delivered_on
        from records
    )

select *
from final
