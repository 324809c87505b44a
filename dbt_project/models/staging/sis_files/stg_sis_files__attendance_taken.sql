with
    accepted as ({{ accepted_rows("sis_files__attendance_taken") }}),

    renamed as (
        select
            -- ids
            nullif(trim(school_id), '') as school_number,
            nullif(trim(section_id), '') as section_id,
            -- attributes
            {{ parse_boolean("is_taken") }} as is_taken,
            -- dates
            {{ parse_date("attendance_date") }} as attendance_on,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
