{% set status_lenses = ["english_learner", "disability", "economic_disadvantage", "homeless"] %}

with
    records as (
        select * from {{ ref("int_cohort_records_determined") }} where grade9_school_year is not null
    ),

    observed_years as (select * from {{ ref("int_school_years_observed") }}),

    students as (select * from {{ ref("dim_student") }}),

    student_years as (select * from {{ ref("dim_student_year") }}),

    schools as (select * from {{ ref("dim_school") }}),

    scopes as (
        select 'district' as scope
        union all
        select 'school'
    ),

    -- The list proves a class once somebody of it has graduated; until then nothing is known, and nobody
    -- has failed.
    classes as (
        select exit_class_year as school_year
        from records
        where exit_type = 'regular_diploma'
        group by exit_class_year
    ),

    cohorts as (
        {% for cohort, rules in var("graduation_cohorts").items() %}
            select
                '{{ cohort }}' as cohort,
                records.*,
                records.grade9_school_year + {{ rules["years"] - 1 }} as school_year,
                records.exit_type in ({{ quoted_list(rules["graduate_exit_types"]) }}) as is_graduating_exit,
                records.exit_type in ({{ quoted_list(rules["removed_exit_types"]) }}) as is_removing_exit
            from records {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    judged as (
        select
            cohorts.*,
            classes.school_year is not null as is_class_known,
            coalesce(cohorts.exit_class_year <= cohorts.school_year, false) as has_left_in_time,
            -- A code that nobody can read, or a decisive one without its date, leaves the student open.
            coalesce(
                (
                    cohorts.exit_type = 'unknown'
                    and coalesce(cohorts.exit_class_year, 0) <= cohorts.school_year
                )
                or (
                    (cohorts.is_graduating_exit or cohorts.is_removing_exit)
                    and cohorts.exit_class_year is null
                ),
                false
            ) as is_open
        from cohorts
        inner join observed_years on cohorts.school_year = observed_years.school_year
        left join classes on cohorts.school_year = classes.school_year
    ),

    members as (
        select *
        from judged
        where not (is_class_known and has_left_in_time and coalesce(is_removing_exit, false))
    ),

    -- Groups ever belonged to, up to the year of the cohort.
    groups as (
        select
            members.cohort,
            members.student_key,
            {% for lens in status_lenses %}
                case
                    when bool_or(student_years.{{ lens }} = 'yes')
                    then 'yes'
                    when bool_and(student_years.{{ lens }} = 'no')
                    then 'no'
                    else 'unknown'
                end as {{ lens }}
                {{- "," if not loop.last }}
            {% endfor %}
        from members
        left join
            student_years
            on members.student_key = student_years.student_key
            and student_years.school_year <= members.school_year
        group by members.cohort, members.student_key
    ),

    final as (
        select
            {{ row_key("graduation_cohort", ["scopes.scope", "members.student_key", "members.cohort"]) }}
            as graduation_cohort_key,
            scopes.scope,
            members.student_key,
            members.school_year,
            {{ school_year_start("members.school_year") }} as school_year_start_on,
            -- lenses
            case when scopes.scope = 'district' then 'district' else schools.school_number end as school,
            coalesce(schools.school_level, 'unknown') as school_level,
            coalesce(students.race_ethnicity, 'unknown') as race_ethnicity,
            coalesce(students.gender, 'unknown') as gender,
            {% for lens in status_lenses %} groups.{{ lens }}, {% endfor %}
            -- counts
            {% for cohort in var("graduation_cohorts") %}
                cast(
                    members.cohort = '{{ cohort }}'
                    and members.is_class_known
                    and not members.is_open as bigint
                ) as is_{{ cohort }}_eligible,
                cast(
                    members.cohort = '{{ cohort }}'
                    and members.is_class_known
                    and members.has_left_in_time
                    and coalesce(members.is_graduating_exit, false) as bigint
                ) as is_{{ cohort }}_graduate,
                cast(
                    members.cohort = '{{ cohort }}'
                    and (not members.is_class_known or members.is_open) as bigint
                ) as is_{{ cohort }}_unknown
                {{- "," if not loop.last }}
            {% endfor %}
        from members
        inner join groups on members.cohort = groups.cohort and members.student_key = groups.student_key
        left join students on members.student_key = students.student_key
        left join schools on members.school_key = schools.school_key
        cross join scopes
        where scopes.scope = 'district' or schools.school_key is not null
    )

select *
from final
