with
    accepted as ({{ accepted_rows("sis_database__students") }}),

    renamed as (
        select
            -- ids
            student_id,
            trim(student_number) as student_number,
            trim(state_student_id) as state_student_id,
            -- attributes
            trim(first_name) as given_name,
            trim(last_name) as family_name,
            upper(trim(grade_level)) as grade_code,
            {{ soft_deleted("is_deleted") }} as is_deleted,
            -- dates
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
