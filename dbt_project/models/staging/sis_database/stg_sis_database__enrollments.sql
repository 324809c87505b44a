with
    accepted as ({{ accepted_rows("sis_database__enrollments") }}),

    renamed as (
        select
            -- ids
            enrollment_id,
            student_id,
            school_id,
            -- attributes
            {{ parse_school_year("school_year") }} as school_year,
            upper(trim(grade_level)) as grade_code,
            {{ soft_deleted("is_deleted") }} as is_deleted,
            -- dates
            {{ parse_date("entry_date") }} as entry_on,
            {{ parse_date("exit_date") }} as exit_on,
            try_cast(updated_at as timestamp) as modified_at,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
