with
    assignments as (select * from {{ ref("fct_staff_assignment") }}),

    titles as (select * from {{ ref("job_titles") }}),

    staff as (select * from {{ ref("dim_staff") }}),

    schools as (select * from {{ ref("dim_school") }}),

    placed as (
        select
            assignments.staff_key,
            assignments.school_key,
            assignments.school_year,
            assignments.fte,
            coalesce(titles.staff_group, 'unknown') as staff_group
        from assignments
        left join titles on lower(trim(assignments.job_title)) = titles.job_title
        where assignments.staff_key is not null and assignments.school_year is not null
    ),

    scoped as (
        select
            'district' as scope, staff_key, cast(null as varchar) as school_key, school_year, fte, staff_group
        from placed
        union all
        select 'school', staff_key, school_key, school_year, fte, staff_group
        from placed
        where school_key is not null
    ),

    worked as (
        select
            scope,
            staff_key,
            school_key,
            school_year,
            max(case when staff_group = 'teacher' then 1 else 0 end) as is_teacher,
            sum(case when staff_group = 'teacher' then coalesce(fte, 1) else 0 end) as teacher_fte
        from scoped
        group by scope, staff_key, school_key, school_year
    ),

    observed_years as (select distinct school_year from placed),

    -- Whoever taught last year has a row in the year that follows, if that year has been delivered at all.
    taught_before as (
        select worked.scope, worked.staff_key, worked.school_key, worked.school_year + 1 as school_year
        from worked
        inner join observed_years on worked.school_year + 1 = observed_years.school_year
        where worked.is_teacher = 1
    ),

    staff_years as (
        select scope, staff_key, school_key, school_year
        from worked
        union
        select scope, staff_key, school_key, school_year
        from taught_before
    ),

    joined as (
        select
            staff_years.*,
            coalesce(worked.is_teacher, 0) as is_teacher,
            coalesce(worked.teacher_fte, 0) as teacher_fte,
            case when taught_before.staff_key is not null then 1 else 0 end as was_teacher_before,
            staff.years_experience_at_hire
            + staff_years.school_year
            - {{ school_year_of_date("staff.hired_on") }} as years_of_experience
        from staff_years
        left join
            worked
            on staff_years.scope = worked.scope
            and staff_years.staff_key = worked.staff_key
            and coalesce(staff_years.school_key, '') = coalesce(worked.school_key, '')
            and staff_years.school_year = worked.school_year
        left join
            taught_before
            on staff_years.scope = taught_before.scope
            and staff_years.staff_key = taught_before.staff_key
            and coalesce(staff_years.school_key, '') = coalesce(taught_before.school_key, '')
            and staff_years.school_year = taught_before.school_year
        left join staff on staff_years.staff_key = staff.staff_key
    ),

    final as (
        select
            {{
                row_key(
                    "staff_year",
                    ["joined.scope", "joined.staff_key", "joined.school_key", "joined.school_year"],
                )
            }} as staff_year_key,
            joined.scope,
            joined.staff_key,
            joined.school_year,
            {{ school_year_start("joined.school_year") }} as school_year_start_on,
            -- lenses
            case when joined.scope = 'district' then 'district' else schools.school_number end as school,
            coalesce(schools.school_level, 'unknown') as school_level,
            -- counts
            cast(joined.is_teacher as bigint) as is_teacher,
            cast(joined.was_teacher_before as bigint) as was_teacher_before,
            cast(joined.was_teacher_before * joined.is_teacher as bigint) as is_retained_teacher,
            cast(
                case
                    when joined.is_teacher = 1 and joined.years_of_experience is not null then 1 else 0
                end as bigint
            ) as is_experience_known,
            cast(
                case
                    when joined.is_teacher = 1 and joined.years_of_experience is null then 1 else 0
                end as bigint
            ) as is_experience_unknown,
            cast(
                case
                    when joined.years_of_experience is not null then joined.teacher_fte else 0
                end as decimal(18, 4)
            ) as teacher_fte_known,
            cast(
                case
                    when joined.years_of_experience < {{ var("inexperienced_teacher_years") }}
                    then joined.teacher_fte
                    else 0
                end as decimal(18, 4)
            ) as teacher_fte_inexperienced
        from joined
        left join schools on joined.school_key = schools.school_key
        where joined.scope = 'district' or schools.school_key is not null
    )

select *
from final
