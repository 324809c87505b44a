with
    accepted as ({{ accepted_rows("sis_database__schools") }}),

    renamed as (
        select
            -- ids
            school_id,
            trim(school_number) as school_number,
            -- attributes
            trim(school_name) as school_name,
            upper(trim(highest_grade)) as highest_grade_code,
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
