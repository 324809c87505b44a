with
    enrollments as (select * from {{ ref("int_enrollments_dated") }}),

    calendar as (select * from {{ ref("dim_school_calendar") }} where is_school_day),

    calendar_years as (select distinct school_key, school_year from {{ ref("dim_school_calendar") }}),

    ordered as (
        select
            *,
            max(exit_on) over (
                partition by student_key, school_key, school_year
                order by entry_on, exit_on, enrollment_id
                rows between unbounded preceding and 1 preceding
            ) as covered_until_on
        from enrollments
    ),

    numbered as (
        select
            *,
            sum(case when entry_on <= covered_until_on + interval 1 day then 0 else 1 end) over (
                partition by student_key, school_key, school_year
                order by entry_on, exit_on, enrollment_id
                rows unbounded preceding
            ) as spell_number
        from ordered
    ),

    spells as (
        select
            student_key,
            school_key,
            school_year,
            coalesce(
                max_by(enrolled_grade_level, cast(entry_on as varchar) || enrolled_grade_level) filter (
                    where enrolled_grade_level is not null
                ),
                max(roster_grade_level),
                'unknown'
            ) as grade_level,
            min(entry_on) as entry_on,
            max(exit_on) as exit_on,
            bool_or(is_open) as is_open
        from numbered
        group by student_key, school_key, school_year, spell_number
    ),

    -- Few spells differ in their dates, so their school days are counted once per pair of dates.
    date_ranges as (select distinct school_key, school_year, entry_on, exit_on from spells),

    school_days as (
        select
            date_ranges.school_key,
            date_ranges.school_year,
            date_ranges.entry_on,
            date_ranges.exit_on,
            count(calendar.date_on) as membership_days
        from date_ranges
        inner join calendar_years using (school_key, school_year)
        left join
            calendar
            on date_ranges.school_key = calendar.school_key
            and date_ranges.school_year = calendar.school_year
            and calendar.date_on between date_ranges.entry_on and date_ranges.exit_on
        group by 1, 2, 3, 4
    ),

    final as (
        select
            {{ row_key("enrollment_spell", ["spells.student_key", "spells.school_key", "spells.entry_on"]) }}
            as enrollment_spell_key,
            spells.*,
            school_days.membership_days
        from spells
        left join school_days using (school_key, school_year, entry_on, exit_on)
    )

select *
from final
