with
    accepted as ({{ accepted_rows("edfi__education_organization_identification_codes") }}),

    renamed as (
        select
            -- ids
            trim(id) as resource_id,
            trim(education_organization_id) as education_organization_id,
            -- attributes
            trim(
                education_organization_identification_system_descriptor
            ) as education_organization_identification_system_descriptor,
            trim(identification_code) as identification_code,
            trim(assigning_organization_identification_code) as assigning_organization_identification_code,
            -- dates
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
