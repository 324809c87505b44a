with
    measures as (select * from {{ ref("int_plan_measures_united") }}),

    final as (
        select
            {{ row_key("plan_measure", ["measure_id"]) }} as plan_measure_key,
            {{ row_key("plan_goal", ["goal_id"]) }} as plan_goal_key,
            measure_id,
            title,
            metric,
            dimension,
            member,
            owner_role,
            baseline_year,
            baseline_value
        from measures
    )

select *
from final
