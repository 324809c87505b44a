with
    students as (
        select scope, school_key, school_year, count(*) as students_on_census
        from {{ ref("int_enrollments_measured") }}
        where is_enrolled_on_census = 1
        group by scope, school_key, school_year
    ),

    titles as (select * from {{ ref("job_titles") }}),

    assignments as (
        select
            assignments.school_key,
            assignments.school_year,
            -- An assignment without a share counts as full time, one without dates as held all year.
            coalesce(assignments.fte, 1) as fte
        from {{ ref("fct_staff_assignment") }} as assignments
        inner join titles on lower(trim(assignments.job_title)) = titles.job_title
        where
            titles.staff_group = 'teacher'
            and assignments.school_year is not null
            and {{ date_in_school_year("assignments.school_year", var("census_month"), var("census_day")) }}
            between coalesce(
                assignments.begins_on, {{ school_year_start("assignments.school_year") }}
            ) and coalesce(assignments.ends_on, {{ school_year_end("assignments.school_year") }})
    ),

    positions as (
        select
            {{ school_key("positions.school_number") }} as school_key,
            positions.school_year,
            positions.budgeted_fte,
            positions.filled_fte
        from {{ ref("int_positions_united") }} as positions
        inner join titles on lower(trim(positions.job_title)) = titles.job_title
        where
            titles.staff_group = 'teacher'
            and positions.school_year is not null
            and positions.budgeted_fte > 0
    ),

    schools as (select * from {{ ref("dim_school") }}),

    scopes as (
        select 'district' as scope
        union all
        select 'school'
    ),

    taught as (
        select
            scopes.scope,
            case when scopes.scope = 'school' then assignments.school_key end as school_key,
            assignments.school_year,
            sum(assignments.fte) as teacher_fte
        from assignments
        cross join scopes
        where scopes.scope = 'district' or assignments.school_key is not null
        group by 1, 2, 3
    ),

    budgeted as (
        select
            scopes.scope,
            case when scopes.scope = 'school' then positions.school_key end as school_key,
            positions.school_year,
            count(positions.filled_fte) as known_positions,
            count(*) - count(positions.filled_fte) as unknown_positions,
            sum(positions.budgeted_fte) filter (where positions.filled_fte is not null) as budgeted_fte,
            -- More than is budgeted fills a position once.
            sum(greatest(positions.budgeted_fte - positions.filled_fte, 0)) as unfilled_fte
        from positions
        cross join scopes
        where scopes.scope = 'district' or positions.school_key is not null
        group by 1, 2, 3
    ),

    places as (
        select scope, school_key, school_year
        from students
        union
        select scope, school_key, school_year
        from taught
        union
        select scope, school_key, school_year
        from budgeted
    ),

    final as (
        select
            {{ row_key("school_staffing", ["places.scope", "places.school_key", "places.school_year"]) }}
            as school_staffing_key,
            places.scope,
            places.school_year,
            {{ school_year_start("places.school_year") }} as school_year_start_on,
            -- lenses
            case when places.scope = 'district' then 'district' else schools.school_number end as school,
            coalesce(schools.school_level, 'unknown') as school_level,
            -- counts
            cast(
                case
                    when taught.teacher_fte > 0 then coalesce(students.students_on_census, 0) else 0
                end as bigint
            ) as students_with_teachers,
            cast(
                case
                    when taught.teacher_fte > 0 then 0 else coalesce(students.students_on_census, 0)
                end as bigint
            ) as students_without_known_teachers,
            cast(
                case
                    when students.students_on_census > 0 then coalesce(taught.teacher_fte, 0) else 0
                end as decimal(18, 4)
            ) as teacher_fte_on_census,
            cast(coalesce(budgeted.known_positions, 0) as bigint) as known_teacher_positions,
            cast(coalesce(budgeted.unknown_positions, 0) as bigint) as unknown_teacher_positions,
            cast(coalesce(budgeted.budgeted_fte, 0) as decimal(18, 4)) as budgeted_teacher_fte,
            cast(coalesce(budgeted.unfilled_fte, 0) as decimal(18, 4)) as unfilled_teacher_fte
        from places
        {% for counted in ["students", "taught", "budgeted"] %}
            left join
                {{ counted }}
                on places.scope = {{ counted }}.scope
                and coalesce(places.school_key, '') = coalesce({{ counted }}.school_key, '')
                and places.school_year = {{ counted }}.school_year
        {% endfor %}
        left join schools on places.school_key = schools.school_key
        where places.scope = 'district' or schools.school_key is not null
    )

select *
from final
