with
    meetings as (select * from {{ ref("int_review_meetings_united") }}),

    final as (
        select
            {{ row_key("review_meeting", ["review_id"]) }} as review_meeting_key,
            case when goal_id is not null then {{ row_key("plan_goal", ["goal_id"]) }} end as plan_goal_key,
            review_id,
            meeting_on,
            {{ school_year_of_date("meeting_on") }} as school_year,
            title,
            chair_role
        from meetings
    )

select *
from final
