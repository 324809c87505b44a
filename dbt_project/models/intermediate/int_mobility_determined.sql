with
    spells as (select * from {{ ref("fct_enrollment_spell") }}),

    school_years as (select * from {{ ref("int_school_years_ended") }} where last_school_day_on is not null),

    district_years as (
        select school_year, max(last_school_day_on) as last_school_day_on
        from school_years
        group by school_year
    ),

    scoped as (
        select
            'school' as scope,
            spells.student_key,
            spells.school_key,
            spells.school_year,
            spells.grade_level,
            spells.entry_on,
            spells.exit_on,
            school_years.last_school_day_on
        from spells
        inner join
            school_years
            on spells.school_key = school_years.school_key
            and spells.school_year = school_years.school_year
        union all
        select
            'district',
            spells.student_key,
            null,
            spells.school_year,
            spells.grade_level,
            spells.entry_on,
            spells.exit_on,
            district_years.last_school_day_on
        from spells
        inner join district_years on spells.school_year = district_years.school_year
    ),

    keyed as (
        select
            {{ student_year_key() }} as student_year_key,
            scoped.*,
            {{ date_in_school_year("school_year", var("census_month"), var("census_day")) }} as census_on
        from scoped
    ),

    dated as (
        select
            *,
            max(exit_on) over (
                partition by student_year_key
                order by entry_on, exit_on
                rows between unbounded preceding and 1 preceding
            ) as covered_until_on
        from keyed
    ),

    opened as (
        select
            *,
            -- Whether the spell begins after a time out that is long enough to be a move, or is the first of
            -- the year.
            coalesce(
                date_diff('day', covered_until_on, entry_on) - 1 > {{ var("mobility_longest_gap_days") }},
                true
            ) as comes_from_outside
        from dated
    ),

    student_years as (
        select
            student_year_key,
            bool_or(grade_level <> 'PK') as is_mobility_eligible,
            max(exit_on) < max(census_on) as left_before_census,
            count(*) filter (where comes_from_outside and entry_on > census_on) as moves_in,
            count(*) filter (where comes_from_outside and covered_until_on >= census_on) as moves_out,
            coalesce(
                max(exit_on) >= max(census_on)
                and date_diff('day', max(exit_on), max(last_school_day_on))
                > {{ var("mobility_longest_gap_days") }},
                false
            ) as leaves_for_good
        from opened
        group by student_year_key
    ),

    counted as (
        select *, moves_in + moves_out + cast(leaves_for_good as integer) as all_moves from student_years
    ),

    final as (
        select
            student_year_key,
            cast(is_mobility_eligible as bigint) as is_mobility_eligible,
            cast(case when is_mobility_eligible then all_moves else 0 end as bigint) as mobility_moves,
            case
                when all_moves >= 2
                then 'two_or_more_moves'
                when moves_in = 1
                then 'entered_late'
                when all_moves = 1 or left_before_census
                then 'left'
                else 'full_year'
            end as mobility_status
        from counted
    )

select *
from final
