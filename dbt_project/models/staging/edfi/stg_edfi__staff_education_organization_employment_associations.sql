with
    accepted as ({{ accepted_rows("edfi__staff_education_organization_employment_associations") }}),

    renamed as (
        select
            -- ids
            trim(id) as resource_id,
            trim(staff_unique_id) as staff_unique_id,
            trim(education_organization_id) as education_organization_id,
            -- attributes
            trim(employment_status_descriptor) as employment_status_descriptor,
            trim(separation_descriptor) as separation_descriptor,
            trim(separation_reason_descriptor) as separation_reason_descriptor,
            -- measures
            try_cast(trim(full_time_equivalency) as decimal(12, 4)) as full_time_equivalency,
            -- dates
            {{ parse_date("hire_date") }} as hired_on,
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
