with
    records as (select * from {{ ref("stg_practice_store__actions") }}),

    final as (
        select
            action_id,
            stocktake_id,
            school_number,
            due_on,
            closed_on,
            exported_on,
            'practice_store__actions' as source_table,
            row_id,
            source_file,
            source_row,
            delivered_on
        from records
    )

select *
from final
