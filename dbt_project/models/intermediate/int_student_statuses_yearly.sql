with
    statuses as (select * from {{ ref("stg_sis_files__statuses") }}),

    school_years as (select * from {{ ref("int_school_years_observed") }}),

    meanings as (select * from {{ ref("student_statuses") }}),

    -- Code `*` gives the lens of a whole type and speaks for every code that has no row of its own.
    type_meanings as (
        select
            status_type,
            min(lens) as lens,
            bool_or(is_in_group) filter (where status_code = '*') as is_in_group
        from meanings
        group by status_type
    ),

    read_statuses as (
        select
            {{ student_key("statuses.student_number") }} as student_key,
            statuses.begins_on,
            statuses.ends_on,
            type_meanings.lens,
            -- Without a first day nobody can say in which years the status held.
            case
                when statuses.begins_on is not null
                then coalesce(meanings.is_in_group, type_meanings.is_in_group)
            end as is_in_group
        from statuses
        inner join type_meanings using (status_type)
        left join
            meanings
            on statuses.status_type = meanings.status_type
            and statuses.status_code = meanings.status_code
        where statuses.student_number is not null
    ),

    final as (
        select
            read_statuses.student_key,
            school_years.school_year,
            read_statuses.lens,
            -- Ever in the group on any day of the year; a code that nobody could read leaves it open.
            case
                when bool_or(read_statuses.is_in_group)
                then 'yes'
                when bool_or(read_statuses.is_in_group is null)
                then 'unknown'
                else 'no'
            end as membership
        from read_statuses
        inner join
            school_years
            on coalesce(read_statuses.begins_on, {{ school_year_start("school_years.school_year") }})
            <= {{ school_year_end("school_years.school_year") }}
            and coalesce(read_statuses.ends_on, {{ school_year_end("school_years.school_year") }})
            >= {{ school_year_start("school_years.school_year") }}
        group by read_statuses.student_key, school_years.school_year, read_statuses.lens
    )

select *
from final
