with
    staffs as (select * from {{ ref("stg_edfi__staffs") }}),

    employments as (
        select * from {{ ref("stg_edfi__staff_education_organization_employment_associations") }}
    ),

    assignments as (
        select * from {{ ref("stg_edfi__staff_education_organization_assignment_associations") }}
    ),

    credentials as (select * from {{ ref("stg_edfi__credentials") }}),

    degrees as ({{ edfi_meanings("staff_members.highest_degree") }}),

    certifications as ({{ edfi_meanings("staff_members.certification") }}),

    job_titles as ({{ edfi_meanings("staff_assignments.job_title") }}),

    latest_employments as (
        select *
        from employments
        qualify row_number() over (partition by staff_unique_id order by hired_on desc, resource_id) = 1
    ),

    latest_assignments as (
        select
            assignments.staff_unique_id, coalesce(job_titles.meaning, assignments.position_title) as position
        from assignments
        left join job_titles on lower(assignments.staff_classification_descriptor) = job_titles.descriptor
        qualify
            row_number() over (
                partition by assignments.staff_unique_id
                order by assignments.begins_on desc, assignments.order_of_assignment, assignments.resource_id
            )
            = 1
    ),

    held as (select staff_unique_id, {{ json_elements("credentials") }} as credential from staffs),

    latest_certifications as (
        select held.staff_unique_id, certifications.meaning as certification
        from held
        inner join
            credentials
            on {{ json_text("held.credential", "credentialReference.credentialIdentifier") }}
            = credentials.credential_identifier
            and lower(
                {{
                    json_text(
                        "held.credential", "credentialReference.stateOfIssueStateAbbreviationDescriptor"
                    )
                }}
            )
            = lower(credentials.state_of_issue_state_abbreviation_descriptor)
        inner join
            certifications on lower(credentials.teaching_credential_descriptor) = certifications.descriptor
        qualify
            row_number() over (
                partition by held.staff_unique_id order by credentials.issued_on desc, credentials.resource_id
            )
            = 1
    ),

    final as (
        select
            'edfi' as person_namespace,
            staffs.staff_unique_id as person_id,
            staffs.staff_unique_id as staff_number,
            staffs.first_name as given_name,
            staffs.last_surname as family_name,
            latest_assignments.position,
            latest_employments.hired_on,
            latest_employments.ends_on as left_on,
            degrees.meaning as highest_degree,
            latest_certifications.certification,
            cast(
                coalesce(
                    staffs.years_of_prior_professional_experience, staffs.years_of_prior_teaching_experience
                ) as decimal(9, 4)
            ) as years_experience_at_hire,
            cast(latest_employments.full_time_equivalency as decimal(9, 4)) as fte,
            'edfi__staffs' as source_table,
            staffs.row_id,
            staffs.source_file,
            staffs.source_row,
            staffs.delivered_on
        from staffs
        left join latest_employments using (staff_unique_id)
        left join latest_assignments using (staff_unique_id)
        left join latest_certifications using (staff_unique_id)
        left join
            degrees on lower(staffs.highest_completed_level_of_education_descriptor) = degrees.descriptor
    )

select *
from final
