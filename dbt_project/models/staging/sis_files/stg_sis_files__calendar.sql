with
    accepted as ({{ accepted_rows("sis_files__calendar") }}),

    renamed as (
        select
            -- ids
            trim(school_id) as school_number,
            -- attributes
            {{ normalise_code("day_type") }} as day_type,
            -- dates
            {{ parse_date("calendar_date") }} as date_on,
            {{ parse_school_year("school_year") }} as delivered_school_year,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
