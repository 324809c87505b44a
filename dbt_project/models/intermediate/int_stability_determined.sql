with
    spells as (select * from {{ ref("fct_enrollment_spell") }}),

    school_years as (
        select school_year, max(last_school_day_on) as last_school_day_on
        from {{ ref("int_school_years_ended") }}
        group by school_year
    ),

    dated as (
        select
            spells.*,
            school_years.last_school_day_on,
            {{ date_in_school_year("spells.school_year", var("census_month"), var("census_day")) }}
            as census_on,
            max(spells.exit_on) over (
                partition by spells.student_key, spells.school_year
                order by spells.entry_on, spells.exit_on
                rows between unbounded preceding and 1 preceding
            ) as covered_until_on
        from spells
        inner join school_years using (school_year)
        where school_years.last_school_day_on is not null
    ),

    student_years as (
        select
            student_key,
            school_year,
            bool_or(grade_level <> 'PK') as is_stability_eligible,
            bool_or(census_on between entry_on and exit_on) as is_enrolled_on_census,
            -- Days out of membership before each spell that begins after the census day, and after the last
            -- spell.
            coalesce(
                max(date_diff('day', covered_until_on, entry_on) - 1) filter (where entry_on > census_on), 0
            ) as longest_gap_days,
            date_diff('day', max(exit_on), max(last_school_day_on)) as closing_gap_days
        from dated
        group by student_key, school_year
    ),

    final as (
        select
            student_key,
            school_year,
            cast(is_stability_eligible as bigint) as is_stability_eligible,
            cast(
                is_stability_eligible
                and is_enrolled_on_census
                and longest_gap_days <= {{ var("stability_longest_gap_days") }}
                and closing_gap_days <= {{ var("stability_longest_gap_days") }} as bigint
            ) as is_stable
        from student_years
    )

select *
from final
