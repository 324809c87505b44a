with
    enrollments as (
        select * from {{ ref("stg_oneroster__enrollments") }} where role = 'student' and not is_deleted
    ),

    orgs as (select * from {{ ref("stg_oneroster__orgs") }} where not is_deleted),

    classes as (select * from {{ ref("graded_oneroster__classes") }}),

    placed as (
        select
            enrollments.enrollment_sourced_id,
            enrollments.user_sourced_id,
            orgs.school_number,
            {{ school_year_of_date("enrollments.begins_on") }} as school_year,
            coalesce(classes.is_homeroom, false) as is_homeroom,
            classes.grade_level as class_grade_level,
            enrollments.begins_on as entry_on,
            -- OneRoster end dates are exclusive: the last membership day is the day before.
            cast(enrollments.ends_before_on - interval 1 day as date) as exit_on,
            enrollments.row_id,
            enrollments.source_file,
            enrollments.source_row,
            enrollments.delivered_on
        from enrollments
        inner join orgs using (org_sourced_id)
        left join classes using (class_sourced_id)
        where enrollments.begins_on is not null
    ),

    homerooms_preferred as (
        select
            *,
            max(case when is_homeroom then 1 else 0 end) over (
                partition by user_sourced_id, school_number, school_year
            )
            = 1 as has_homeroom
        from placed
    ),

    final as (
        select
            enrollment_sourced_id as enrollment_id,
            'oneroster' as person_namespace,
            user_sourced_id as person_id,
            school_number,
            school_year,
            entry_on,
            exit_on,
            case when is_homeroom then class_grade_level end as grade_level,
            'oneroster__enrollments' as source_table,
            row_id,
            source_file,
            source_row,
            delivered_on
        from homerooms_preferred
        where is_homeroom = has_homeroom
    )

select *
from final
