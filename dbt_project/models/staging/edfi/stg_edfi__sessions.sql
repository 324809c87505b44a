with
    accepted as ({{ accepted_rows("edfi__sessions") }}),

    renamed as (
        select
            -- ids
            trim(id) as resource_id,
            trim(session_name) as session_name,
            trim(school_id) as edfi_school_id,
            {{ parse_school_year("school_year") }} as school_year,
            -- attributes
            trim(term_descriptor) as term_descriptor,
            -- measures
            try_cast(trim(total_instructional_days) as bigint) as total_instructional_days,
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
