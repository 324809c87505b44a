{% set dated = {
    "attendance_records": "attendance_on",
    "attendance_takings": "attendance_on",
    "discipline_actions": "incident_on",
    "assessment_results": "tested_on",
    "program_participations": "begins_on",
    "survey_responses": "submitted_on",
} %}

with
    as_of as (
        select coalesce(max(noted_at), cast(current_timestamp as timestamp)) as as_of
        from {{ source("landing", "_expectations") }}
    ),

    deliveries as (
        select
            system || '__' || entity as source_table,
            source_file,
            delivery_mode,
            delivered_on,
            min(delivered_on) over (partition by system, entity) as first_delivered_on
        from {{ source("landing", "_deliveries") }}
    ),

    -- Only of changes is it known when a row came first: a whole file brings its old rows again.
    changes as (
        select distinct source_table, source_file, delivered_on
        from deliveries
        where delivery_mode = 'incremental' and delivered_on > first_delivered_on
    ),

    events as (
        {% for concept, event_on in dated.items() %}
            select
                source_table,
                '{{ concept }}' as concept,
                school_number,
                {{ event_on }} as event_on,
                source_file,
                delivered_on,
                count(*) as records
            from {{ ref("int_" ~ concept ~ "_united") }}
            group by
                source_table,
                school_number,
                {{ event_on }},
                source_file,
                delivered_on
                {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    final as (
        select
            events.source_table,
            events.concept,
            events.school_number,
            -- What is planned has not happened.
            max(events.event_on) filter (
                where events.event_on <= cast(as_of.as_of as date)
            ) as latest_event_on,
            max(events.delivered_on) as latest_delivery_on,
            cast(
                coalesce(sum(events.records) filter (where changes.source_file is not null), 0) as bigint
            ) as records_with_known_arrival,
            cast(
                coalesce(
                    sum(events.records) filter (
                        where
                            changes.source_file is not null
                            and {{ dbt.datediff("events.event_on", "events.delivered_on", "day") }}
                            > {{ var("late_arrival_days") }}
                    ),
                    0
                ) as bigint
            ) as records_arrived_late
        from events
        cross join as_of
        left join
            changes
            on events.source_table = changes.source_table
            and events.source_file = changes.source_file
            and events.delivered_on = changes.delivered_on
        group by events.source_table, events.concept, events.school_number
    )

select *
from final
