with
    accepted as ({{ accepted_rows("oneroster__academic_sessions") }}),

    renamed as (
        select
            -- ids
            sourced_id as session_sourced_id,
            parent_sourced_id as parent_session_sourced_id,
            -- attributes
            trim(title) as session_title,
            {{ normalise_code("type") }} as session_type,
            {{ parse_school_year("school_year") }} as school_year,
            {{ is_taken_back("status") }} as is_deleted,
            -- dates
            {{ parse_date("start_date") }} as begins_on,
            {{ parse_date("end_date") }} as ends_before_on,
            try_cast(date_last_modified as timestamp) as modified_at,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
