with
    enrollments as (select * from {{ ref("stg_sis_database__enrollments") }} where not is_deleted),

    schools as (select * from {{ ref("stg_sis_database__schools") }} where not is_deleted),

    grade_levels as (select * from {{ ref("grade_levels") }}),

    final as (
        select
            enrollments.enrollment_id,
            'sis_database' as person_namespace,
            enrollments.student_id as person_id,
            schools.school_number,
            coalesce(
                enrollments.school_year, {{ school_year_of_date("enrollments.entry_on") }}
            ) as school_year,
            enrollments.entry_on,
            enrollments.exit_on,
            grade_levels.grade_level,
            'sis_database__enrollments' as source_table,
            enrollments.row_id,
            enrollments.source_file,
            enrollments.source_row,
            enrollments.delivered_on
        from enrollments
        inner join schools using (school_id)
        left join grade_levels using (grade_code)
        where enrollments.entry_on is not null
    )

select *
from final
