with
    actions as (select * from {{ ref("stg_sis_files__discipline") }}),

    categories as (select * from {{ ref("discipline_actions") }}),

    final as (
        select
            actions.action_id,
            actions.incident_id,
            'local' as person_namespace,
            actions.student_number as person_id,
            actions.school_number,
            actions.behavior_code,
            case
                when actions.action_code is null
                then 'unknown'
                else coalesce(categories.action_category, 'other')
            end as action_category,
            actions.incident_on,
            actions.action_begins_on,
            actions.duration_days,
            'sis_files__discipline' as source_table,
            actions.row_id,
            actions.source_file,
            actions.source_row,
            actions.delivered_on
        from actions
        left join categories using (action_code)
    )

select *
from final
