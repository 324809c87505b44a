with
    accepted as ({{ accepted_rows("edfi__local_education_agencies") }}),

    renamed as (
        select
            -- ids
            trim(id) as resource_id,
            trim(local_education_agency_id) as local_education_agency_id,
            -- attributes
            trim(name_of_institution) as name_of_institution,
            trim(parent_local_education_agency_id) as parent_local_education_agency_id,
            trim(local_education_agency_category_descriptor) as local_education_agency_category_descriptor,
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
