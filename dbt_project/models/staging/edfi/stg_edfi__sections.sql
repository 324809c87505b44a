with
    accepted as ({{ accepted_rows("edfi__sections") }}),

    renamed as (
        select
            -- ids
            trim(id) as resource_id,
            trim(section_identifier) as section_identifier,
            trim(local_course_code) as local_course_code,
            trim(school_id) as edfi_school_id,
            {{ parse_school_year("school_year") }} as school_year,
            trim(session_name) as session_name,
            -- attributes
            trim(section_name) as section_name,
            -- measures
            try_cast(trim(available_credits) as decimal(12, 4)) as available_credits,
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
