with
    accepted as ({{ accepted_rows("hr_files__positions") }}),

    renamed as (
        select
            -- ids
            trim(position_id) as position_id,
            nullif(trim(school_id), '') as school_number,
            -- attributes
            trim(job_title) as job_title,
            -- numbers
            {{ parse_school_year("school_year") }} as school_year,
            try_cast(budgeted_fte as decimal(9, 4)) as budgeted_fte,
            try_cast(filled_fte as decimal(9, 4)) as filled_fte,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
