with
    actions as (select * from {{ ref("stg_sis_files__discipline") }}),

    categories as (select * from {{ ref("discipline_actions") }}),

    final as (
        select
            {{ row_key("discipline_event", ["actions.row_id"]) }} as discipline_event_key,
            {{ student_key("actions.student_number") }} as student_key,
            {{ school_key("actions.school_number") }} as school_key,
            actions.incident_id,
            actions.incident_on,
            {{ school_year_of_date("actions.incident_on") }} as school_year,
            case
                when actions.action_code is null
                then 'unknown'
                else coalesce(categories.action_category, 'other')
            end as action_category,
            actions.behavior_code,
            actions.action_begins_on,
            actions.duration_days
        from actions
        left join categories using (action_code)
    )

select *
from final
