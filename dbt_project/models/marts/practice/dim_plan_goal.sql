with
    goals as (select * from {{ ref("int_plan_goals_united") }}),

    final as (
        select
            {{ row_key("plan_goal", ["goal_id"]) }} as plan_goal_key,
            goal_id,
            title,
            description,
            owner_role,
            begin_year,
            end_year
        from goals
    )

select *
from final
