with
    accepted as ({{ accepted_rows("graduation_files__cohorts") }}),

    renamed as (
        select
            -- ids
            trim(student_id) as student_number,
            nullif(trim(school_id), '') as school_number,
            -- attributes
            nullif(upper(trim(exit_code)), '') as exit_code,
            -- numbers
            {{ parse_school_year("grade9_school_year") }} as grade9_school_year,
            -- dates
            {{ parse_date("exit_date") }} as exited_on,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
