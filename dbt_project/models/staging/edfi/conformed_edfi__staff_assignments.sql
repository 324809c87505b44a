with
    assignments as (
        select * from {{ ref("stg_edfi__staff_education_organization_assignment_associations") }}
    ),

    schools as (select * from {{ ref("numbered_edfi__schools") }}),

    job_titles as ({{ edfi_meanings("staff_assignments.job_title") }}),

    final as (
        select
            assignments.resource_id as assignment_id,
            'edfi' as person_namespace,
            assignments.staff_unique_id as person_id,
            schools.school_number,
            {{ school_year_of_date("assignments.begins_on") }} as school_year,
            coalesce(job_titles.meaning, assignments.position_title) as job_title,
            cast(assignments.full_time_equivalency as decimal(9, 4)) as fte,
            assignments.begins_on,
            assignments.ends_on,
            'edfi__staff_education_organization_assignment_associations' as source_table,
            assignments.row_id,
            assignments.source_file,
            assignments.source_row,
            assignments.delivered_on
        from assignments
        left join schools on assignments.education_organization_id = schools.edfi_school_id
        left join job_titles on lower(assignments.staff_classification_descriptor) = job_titles.descriptor
    )

select *
from final
