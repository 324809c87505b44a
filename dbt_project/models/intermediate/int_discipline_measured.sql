{% set incident_rules = var("suspension_incidents") %}
{% set dashboard_rules = var("suspension_ca_dashboard") %}

with
    events as (
        select
            student_key,
            school_key,
            school_year,
            action_category,
            duration_days,
            -- Numbers of incidents are the school's own; an action without one answers an incident of its
            -- own.
            case
                when incident_id is null
                then discipline_event_key
                else coalesce(school_key, '') || '|' || incident_id
            end as incident,
            action_category in ({{ quoted_list(incident_rules["action_categories"]) }}) as is_suspension,
            action_category
            in ({{ quoted_list(dashboard_rules["action_categories"]) }}) as is_dashboard_suspension
        from {{ ref("fct_discipline_event") }}
        where school_year is not null
    ),

    scoped as (
        select 'school' as scope, *
        from events
        where school_key is not null
        union all
        select
            'district',
            student_key,
            null,
            school_year,
            action_category,
            duration_days,
            incident,
            is_suspension,
            is_dashboard_suspension
        from events
    ),

    measured as (
        select
            scope,
            student_key,
            school_key,
            school_year,
            cast(bool_or(action_category = 'oss') as bigint) as has_oss,
            cast(bool_or(action_category = 'iss') as bigint) as has_iss,
            cast(bool_or(action_category = 'expulsion') as bigint) as has_expulsion,
            count(distinct incident) as incidents,
            count(distinct incident) filter (where is_suspension) as suspension_incidents,
            cast(
                coalesce(sum(duration_days) filter (where action_category = 'oss'), 0) as decimal(18, 4)
            ) as oss_days,
            cast(
                bool_or(action_category = 'oss' and duration_days is null) as bigint
            ) as is_oss_length_unknown,
            coalesce(sum(duration_days) filter (where is_dashboard_suspension), 0)
            >= {{ dashboard_rules["minimum_days"] }} as is_suspended_long_enough,
            bool_or(is_dashboard_suspension and duration_days is null) as is_dashboard_length_unknown
        from scoped
        group by scope, student_key, school_key, school_year
    ),

    final as (
        select
            {{ student_year_key() }} as student_year_key,
            scope,
            student_key,
            school_key,
            school_year,
            has_oss,
            has_iss,
            has_expulsion,
            incidents,
            suspension_incidents,
            oss_days,
            is_oss_length_unknown,
            cast(is_suspended_long_enough as bigint) as has_suspension_ca_dashboard,
            -- Days that are known may be enough; if not, an unknown length could make them so.
            cast(
                not is_suspended_long_enough and is_dashboard_length_unknown as bigint
            ) as is_suspension_ca_dashboard_open
        from measured
    )

select *
from final
