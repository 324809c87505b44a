{% set concepts = [
    "calendar_days",
    "attendance_records",
    "discipline_actions",
    "assessment_results",
    "program_participations",
    "survey_responses",
    "staff_assignments",
    "positions",
    "survey_invitations",
    "stocktakes",
    "practice_actions",
    "growth_percentiles",
] %}

with
    rostered as (
        select *
        from {{ ref("int_schools_united") }}
        -- What only groups schools neither names them nor knows their grades, and is no roster.
        where school_number is not null and (school_name is not null or highest_grade_rank is not null)
        qualify
            row_number() over (
                partition by school_number
                order by modified_at desc nulls last, source_system, source_row desc
            )
            = 1
    ),

    grouped as (
        select school_number, min(region) as region, min(feeder) as feeder
        from {{ ref("int_schools_united") }}
        where school_number is not null
        group by school_number
    ),

    mentioned as (
        {% for concept in concepts %}
            select school_number from {{ ref("int_" ~ concept ~ "_united") }} {{ "union" if not loop.last }}
        {% endfor %}
    ),

    schools as (
        select school_number, school_name, highest_grade_rank, true as is_in_roster
        from rostered
        union all
        select school_number, null, null, false
        from mentioned
        where school_number is not null and school_number not in (select school_number from rostered)
    ),

    final as (
        select
            {{ school_key("schools.school_number") }} as school_key,
            schools.school_number,
            coalesce(schools.school_name, schools.school_number) as school_name,
            case
                when highest_grade_rank <= 5
                then 'elementary'
                when highest_grade_rank <= 8
                then 'middle'
                when highest_grade_rank is not null
                then 'high'
                else 'unknown'
            end as school_level,
            coalesce(grouped.region, 'unknown') as region,
            coalesce(grouped.feeder, 'unknown') as feeder,
            schools.is_in_roster
        from schools
        left join grouped on schools.school_number = grouped.school_number
    )

select *
from final
