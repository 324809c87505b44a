with
    accepted as ({{ accepted_rows("sis_files__statuses") }}),

    renamed as (
        select
            -- ids
            trim(status_id) as status_id,
            trim(student_id) as student_number,
            -- attributes
            upper(trim(status_type)) as status_type,
            upper(trim(status_code)) as status_code,
            -- dates
            {{ parse_date("begin_date") }} as begins_on,
            {{ parse_date("end_date") }} as ends_on,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
