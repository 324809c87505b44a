with
    records as (select * from {{ ref("stg_plan_files__goals") }}),

    final as (
        select
            goal_id,
            title,
            description,
            owner_role,
            begin_year,
            end_year,
            'plan_files__goals' as source_table,
            row_id,
            source_file,
            source_row,
            delivered_on
        from records
    )

select *
from final
