with
    assignments as (select * from {{ ref("stg_sis_database__staff_assignments") }} where not is_deleted),

    staff as (select * from {{ ref("stg_sis_database__staff_members") }} where not is_deleted),

    schools as (select * from {{ ref("stg_sis_database__schools") }} where not is_deleted),

    final as (
        select
            assignments.assignment_id,
            'local' as person_namespace,
            staff.staff_number as person_id,
            schools.school_number,
            coalesce(
                assignments.school_year, {{ school_year_of_date("assignments.begins_on") }}
            ) as school_year,
            assignments.job_title,
            assignments.fte,
            assignments.begins_on,
            assignments.ends_on,
            'sis_database__staff_assignments' as source_table,
            assignments.row_id,
            assignments.source_file,
            assignments.source_row,
            assignments.delivered_on
        from assignments
        left join staff using (staff_id)
        left join schools using (school_id)
    )

select *
from final
