with
    actions as (select * from {{ ref("stg_edfi__discipline_actions") }}),

    incidents as (select * from {{ ref("stg_edfi__discipline_incidents") }}),

    schools as (select * from {{ ref("numbered_edfi__schools") }}),

    action_meanings as ({{ edfi_meanings("discipline_actions.action_category") }}),

    behavior_meanings as ({{ edfi_meanings("discipline_actions.behavior_code") }}),

    listed_actions as (select resource_id, {{ json_elements("disciplines") }} as discipline from actions),

    -- An action may name several disciplines; the gravest tells its category.
    categories as (
        select listed_actions.resource_id, action_meanings.meaning as action_category
        from listed_actions
        inner join
            action_meanings
            on lower({{ json_text("listed_actions.discipline", "disciplineDescriptor") }})
            = action_meanings.descriptor
        qualify
            row_number() over (
                partition by listed_actions.resource_id
                order by
                    case
                        action_meanings.meaning
                        when 'expulsion'
                        then 1
                        when 'oss'
                        then 2
                        when 'iss'
                        then 3
                        when 'detention'
                        then 4
                        else 5
                    end
            )
            = 1
    ),

    listed_behaviors as (
        select
            resource_id,
            {{ json_elements("student_discipline_incident_behavior_associations") }} as association
        from actions
    ),

    behaviors as (
        select
            resource_id,
            {{
                json_text(
                    "association",
                    "studentDisciplineIncidentBehaviorAssociationReference.incidentIdentifier",
                )
            }} as incident_identifier,
            {{ json_text("association", "studentDisciplineIncidentBehaviorAssociationReference.schoolId") }}
            as edfi_school_id,
            lower(
                {{
                    json_text(
                        "association",
                        "studentDisciplineIncidentBehaviorAssociationReference.behaviorDescriptor",
                    )
                }}
            ) as behavior_descriptor
        from listed_behaviors
    ),

    first_behaviors as (
        select behaviors.*, incidents.incident_on
        from behaviors
        left join incidents using (incident_identifier, edfi_school_id)
        qualify
            row_number() over (
                partition by behaviors.resource_id
                order by incidents.incident_on, behaviors.incident_identifier, behaviors.behavior_descriptor
            )
            = 1
    ),

    final as (
        select
            actions.discipline_action_identifier as action_id,
            first_behaviors.incident_identifier as incident_id,
            'edfi' as person_namespace,
            actions.student_unique_id as person_id,
            schools.school_number,
            behavior_meanings.meaning as behavior_code,
            coalesce(categories.action_category, 'other') as action_category,
            coalesce(first_behaviors.incident_on, actions.discipline_on) as incident_on,
            actions.discipline_on as action_begins_on,
            cast(
                coalesce(
                    actions.actual_discipline_action_length, actions.discipline_action_length
                ) as decimal(9, 4)
            ) as duration_days,
            'edfi__discipline_actions' as source_table,
            actions.row_id,
            actions.source_file,
            actions.source_row,
            actions.delivered_on
        from actions
        left join categories using (resource_id)
        left join first_behaviors using (resource_id)
        left join
            schools
            on coalesce(first_behaviors.edfi_school_id, actions.responsibility_school_id)
            = schools.edfi_school_id
        left join behavior_meanings on first_behaviors.behavior_descriptor = behavior_meanings.descriptor
    )

select *
from final
