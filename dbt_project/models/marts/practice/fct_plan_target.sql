with
    targets as (select * from {{ ref("int_plan_targets_united") }}),

    final as (
        select
            {{ row_key("plan_target", ["measure_id", "school_year"]) }} as plan_target_key,
            {{ row_key("plan_measure", ["measure_id"]) }} as plan_measure_key,
            school_year,
            target_value
        from targets
    )

select *
from final
