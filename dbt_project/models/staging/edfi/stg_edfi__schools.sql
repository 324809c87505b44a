with
    accepted as ({{ accepted_rows("edfi__schools") }}),

    renamed as (
        select
            -- ids
            trim(id) as resource_id,
            trim(school_id) as edfi_school_id,
            -- attributes
            trim(local_education_agency_id) as local_education_agency_id,
            trim(name_of_institution) as name_of_institution,
            trim(short_name_of_institution) as short_name_of_institution,
            trim(grade_levels) as grade_levels,
            trim(school_type_descriptor) as school_type_descriptor,
            trim(school_categories) as school_categories,
            trim(operational_status_descriptor) as operational_status_descriptor,
            trim(identification_codes) as identification_codes,
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
