with
    statuses as (
        select *
        from {{ ref("int_student_statuses_united") }}
        where person_id is not null and lens is not null
    ),

    identities as (select * from {{ ref("int_student_identities") }}),

    school_years as (select * from {{ ref("int_school_years_observed") }}),

    read_statuses as (
        select
            {{ resolved_student_key("statuses", "identities") }} as student_key,
            statuses.begins_on,
            statuses.ends_on,
            statuses.lens,
            -- Without a first day nobody can say in which years the status held.
            case when statuses.begins_on is not null then statuses.is_in_group end as is_in_group,
            statuses.status_group,
            -- Of several statuses of a year, one in the group speaks first, a certificate before a form,
            -- then the
            -- latest.
            case
                when statuses.begins_on is not null and statuses.status_group is not null
                then
                    case when statuses.is_in_group then '1' else '0' end
                    || case when statuses.status_group = 'direct_certification' then '1' else '0' end
                    || cast(statuses.begins_on as varchar)
                    || statuses.status_group
            end as group_order
        from statuses
        left join
            identities
            on statuses.person_namespace = identities.person_namespace
            and statuses.person_id = identities.person_id
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
            end as membership,
            max_by(read_statuses.status_group, read_statuses.group_order) as status_group,
            max_by(read_statuses.begins_on, read_statuses.group_order) as group_began_on
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
