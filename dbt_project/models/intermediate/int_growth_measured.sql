with
    student_years as (select * from {{ ref("int_student_years_described") }}),

    enrollments as (select * from {{ ref("int_enrollments_measured") }}),

    growth as (select * from {{ ref("fct_student_growth") }} where growth_percentile is not null),

    -- Without any percentile of a subject and year, its growth is unknown.
    growth_years as (
        select
            school_year
            {% for subject in var("state_subjects") %}
                , bool_or(subject = '{{ subject }}') as has_{{ subject | lower }}_growth
            {% endfor %}
        from growth
        group by school_year
    ),

    scoped as (
        select
            'school' as scope,
            student_key,
            school_key,
            school_year,
            subject,
            growth_percentile,
            growth_level,
            adequate_percentile,
            is_growth_adequate,
            was_proficient_before
        from growth
        where is_matched_to_roster and school_key is not null
        union all
        select
            'district',
            student_key,
            null,
            school_year,
            subject,
            growth_percentile,
            growth_level,
            adequate_percentile,
            is_growth_adequate,
            was_proficient_before
        from growth
        where is_matched_to_roster
    ),

    counted as (
        select
            scope,
            student_key,
            school_key,
            school_year
            {% for subject in var("state_subjects") %}
                {% set name = subject | lower %}
                {% set below = "not was_proficient_before" %}
                {% set above = "was_proficient_before" %},
                count(*) filter (where subject = '{{ subject }}') as {{ name }}_sgp_known,
                sum(growth_percentile) filter (where subject = '{{ subject }}') as {{ name }}_sgp_points,
                count(*) filter (
                    where subject = '{{ subject }}' and growth_level = 'low'
                ) as {{ name }}_low_growth,
                count(*) filter (
                    where subject = '{{ subject }}' and growth_level = 'high'
                ) as {{ name }}_high_growth
                {% for goal, standing in [("catch_up", below), ("keep_up", above)] %}
                    ,
                    count(adequate_percentile) filter (
                        where subject = '{{ subject }}' and {{ standing }}
                    ) as {{ name }}_{{ goal }}_eligible,
                    count(*) filter (
                        where subject = '{{ subject }}' and {{ standing }} and is_growth_adequate
                    ) as {{ name }}_{{ goal }}_reached,
                    -- Who may have to catch up, or to keep up, and nobody can tell whether the growth is
                    -- enough.
                    count(*) filter (
                        where
                            subject = '{{ subject }}'
                            and coalesce({{ standing }}, true)
                            and (was_proficient_before is null or adequate_percentile is null)
                    ) as {{ name }}_{{ goal }}_open
                {% endfor %}
            {% endfor %}
        from scoped
        group by scope, student_key, school_key, school_year
    ),

    final as (
        select
            student_years.student_year_key
            {% for subject in var("state_subjects") %}
                {% set name = subject | lower %}
                {% set has_growth = "growth_years.has_" ~ name ~ "_growth" %}
                {% set expected = "coalesce(enrollments." ~ name ~ "_expected, 0)" %}
                {% for count in [
                    "sgp_known",
                    "low_growth",
                    "high_growth",
                    "catch_up_eligible",
                    "catch_up_reached",
                    "keep_up_eligible",
                    "keep_up_reached",
                ] %}
                    ,
                    cast(
                        case
                            when {{ has_growth }} then coalesce(counted.{{ name }}_{{ count }}, 0)
                        end as bigint
                    ) as {{ name }}_{{ count }}
                {% endfor %},
                cast(counted.{{ name }}_sgp_points as bigint) as {{ name }}_sgp_points,
                cast(
                    case when {{ has_growth }} then 0 else {{ expected }} end as bigint
                ) as {{ name }}_sgp_unknown
                {% for goal in ["catch_up", "keep_up"] %}
                    ,
                    cast(
                        case
                            when {{ has_growth }}
                            then coalesce(counted.{{ name }}_{{ goal }}_open, 0)
                            else {{ expected }}
                        end as bigint
                    ) as {{ name }}_{{ goal }}_unknown
                {% endfor %}
            {% endfor %}
        from student_years
        left join enrollments on student_years.student_year_key = enrollments.student_year_key
        left join growth_years on student_years.school_year = growth_years.school_year
        left join
            counted
            on student_years.scope = counted.scope
            and student_years.student_key = counted.student_key
            and student_years.school_year = counted.school_year
            and (student_years.scope = 'district' or student_years.school_key = counted.school_key)
    )

select *
from final
