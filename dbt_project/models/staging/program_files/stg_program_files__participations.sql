with
    accepted as ({{ accepted_rows("program_files__participations") }}),

    renamed as (
        select
            -- ids
            trim(participation_id) as participation_id,
            trim(student_id) as student_number,
            trim(school_id) as school_number,
            -- attributes
            upper(trim(program_code)) as program_code,
            trim(program_name) as program_name,
            -- numbers
            {{ parse_school_year("school_year") }} as school_year,
            try_cast(try_cast(trim(sessions_attended) as decimal(9, 4)) as integer) as sessions_attended,
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
