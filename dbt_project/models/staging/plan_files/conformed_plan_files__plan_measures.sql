with
    records as (select * from {{ ref("stg_plan_files__measures") }}),

    final as (
        select
            measure_id,
            goal_id,
            title,
            metric,
            dimension,
            member,
            owner_role,
            baseline_year,
            baseline_value,
            'plan_files__measures' as source_table,
            row_id,
            source_file,
            source_row,
            delivered_on
        from records
    )

select *
from final
