with
    accepted as ({{ accepted_rows("edfi__student_homeless_program_associations") }}),

    renamed as (
        select
            -- ids
            trim(id) as resource_id,
            trim(student_unique_id) as student_unique_id,
            trim(education_organization_id) as education_organization_id,
            trim(program_education_organization_id) as program_education_organization_id,
            trim(program_name) as program_name,
            -- attributes
            trim(program_type_descriptor) as program_type_descriptor,
            trim(reason_exited_descriptor) as reason_exited_descriptor,
            trim(
                homeless_primary_nighttime_residence_descriptor
            ) as homeless_primary_nighttime_residence_descriptor,
            {{ parse_boolean("homeless_unaccompanied_youth") }} as is_unaccompanied_youth,
            -- dates
            {{ parse_date("begin_date") }} as begins_on,
            {{ parse_date("end_date") }} as ends_on,
            try_cast(trim(last_modified_date) as timestamp) as modified_at,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
