with
    accepted as ({{ accepted_rows("sis_files__attendance") }}),

    renamed as (
        select
            -- ids
            trim(attendance_id) as attendance_id,
            trim(student_id) as student_number,
            trim(school_id) as school_number,
            -- attributes
            {{ normalise_code("record_basis") }} as record_basis,
            upper(trim(attendance_code)) as attendance_code,
            trim(period) as period,
            -- numbers
            try_cast(day_fraction as decimal(9, 4)) as day_fraction,
            -- dates
            {{ parse_date("attendance_date") }} as attendance_on,
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
