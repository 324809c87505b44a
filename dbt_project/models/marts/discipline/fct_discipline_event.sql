with
    actions as (select * from {{ ref("int_discipline_actions_united") }}),

    identities as (select * from {{ ref("int_student_identities") }}),

    found as (
        select
            actions.*,
            {{ resolved_student_key("actions", "identities") }} as student_key,
            row_number() over (
                partition by
                    actions.person_namespace, actions.person_id, actions.incident_id, actions.action_id
                order by actions.source_file, actions.source_row
            ) as occurrence
        from actions
        left join
            identities
            on actions.person_namespace = identities.person_namespace
            and actions.person_id = identities.person_id
    ),

    final as (
        select
            {{ row_key("discipline_event", ["student_key", "incident_id", "action_id", "occurrence"]) }}
            as discipline_event_key,
            student_key,
            {{ school_key("school_number") }} as school_key,
            incident_id,
            incident_on,
            {{ school_year_of_date("incident_on") }} as school_year,
            action_category,
            behavior_code,
            action_begins_on,
            duration_days
        from found
    )

select *
from final
