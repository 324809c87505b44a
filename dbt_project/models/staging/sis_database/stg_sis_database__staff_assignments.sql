with
    accepted as ({{ accepted_rows("sis_database__staff_assignments") }}),

    renamed as (
        select
            -- ids
            assignment_id,
            staff_id,
            school_id,
            -- attributes
            {{ parse_school_year("school_year") }} as school_year,
            trim(job_title) as job_title,
            try_cast(trim(fte) as decimal(9, 4)) as fte,
            {{ soft_deleted("is_deleted") }} as is_deleted,
            -- dates
            {{ parse_date("begin_date") }} as begins_on,
            {{ parse_date("end_date") }} as ends_on,
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
