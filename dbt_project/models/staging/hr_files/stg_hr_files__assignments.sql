with
    accepted as ({{ accepted_rows("hr_files__assignments") }}),

    renamed as (
        select
            -- ids
            trim(assignment_id) as assignment_id,
            trim(staff_id) as staff_number,
            trim(school_id) as school_number,
            -- attributes
            trim(job_title) as job_title,
            -- numbers
            {{ parse_school_year("school_year") }} as school_year,
            try_cast(trim(fte) as decimal(9, 4)) as fte,
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
