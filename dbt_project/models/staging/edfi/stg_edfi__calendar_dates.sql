with
    accepted as ({{ accepted_rows("edfi__calendar_dates") }}),

    renamed as (
        select
            -- ids
            trim(id) as resource_id,
            trim(calendar_code) as calendar_code,
            trim(school_id) as edfi_school_id,
            {{ parse_school_year("school_year") }} as school_year,
            -- attributes
            trim(calendar_events) as calendar_events,
            -- dates
            {{ parse_date("accepted.date") }} as date_on,
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
