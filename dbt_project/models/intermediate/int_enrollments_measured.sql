with
    spells as (select * from {{ ref("fct_enrollment_spell") }}),

    test_days as (
        select enrolled_in_month, enrolled_on_day
        from {{ ref("assessment_windows") }}
        where instrument = '{{ var("state_instrument") }}'
    ),

    tested_grades as (
        select
            grade as grade_level,
            bool_or(subject = 'ELA') as is_ela_tested,
            bool_or(subject = 'MATH') as is_math_tested
        from {{ ref("assessment_cuts") }}
        where instrument = '{{ var("state_instrument") }}'
        group by grade
    ),

    flagged as (
        select
            spells.student_key,
            spells.school_key as spell_school_key,
            spells.school_year,
            spells.grade_level,
            -- Later entry, then later exit, is the latest spell.
            cast(spells.entry_on as varchar)
            || cast(spells.exit_on as varchar)
            || spells.school_key as spell_order,
            {{ date_in_school_year("spells.school_year", var("census_month"), var("census_day")) }}
            between spells.entry_on and spells.exit_on as covers_census,
            coalesce(
                {{
                    date_in_school_year(
                        "spells.school_year", "test_days.enrolled_in_month", "test_days.enrolled_on_day"
                    )
                }} between spells.entry_on and spells.exit_on, false
            ) as covers_test_day,
            coalesce(tested_grades.is_ela_tested, false) as is_ela_tested,
            coalesce(tested_grades.is_math_tested, false) as is_math_tested
        from spells
        left join test_days on true
        left join tested_grades using (grade_level)
    ),

    scoped as (
        select 'school' as scope, spell_school_key as school_key, *
        from flagged
        union all
        select 'district', null, *
        from flagged
    ),

    measured as (
        select
            scope,
            student_key,
            school_key,
            school_year,
            cast(bool_or(covers_census) as bigint) as is_enrolled_on_census,
            cast(bool_or(covers_test_day and is_ela_tested) as bigint) as ela_expected,
            cast(bool_or(covers_test_day and is_math_tested) as bigint) as math_expected,
            max_by(grade_level, spell_order) as grade_level,
            max_by(spell_school_key, spell_order) as latest_school_key
        from scoped
        group by scope, student_key, school_key, school_year
    ),

    keyed as (select {{ student_year_key() }} as student_year_key, * from measured),

    mobility as (select * from {{ ref("int_mobility_determined") }}),

    final as (
        select keyed.*, mobility.is_mobility_eligible, mobility.mobility_moves, mobility.mobility_status
        from keyed
        left join mobility using (student_year_key)
    )

select *
from final
