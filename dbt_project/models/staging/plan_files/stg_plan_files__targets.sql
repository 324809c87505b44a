with
    accepted as ({{ accepted_rows("plan_files__targets") }}),

    renamed as (
        select
            -- ids
            trim(measure_id) as measure_id,
            -- numbers
            {{ parse_school_year("school_year") }} as school_year,
            try_cast(trim(target_value) as decimal(9, 4)) as target_value,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
