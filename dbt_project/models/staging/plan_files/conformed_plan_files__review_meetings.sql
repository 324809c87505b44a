with
    records as (select * from {{ ref("stg_plan_files__reviews") }}),

    final as (
        select
            review_id,
            goal_id,
            meeting_on,
            title,
            chair_role,
            'plan_files__reviews' as source_table,
            row_id,
            source_file,
            source_row,
            delivered_on
        from records
    )

select *
from final
