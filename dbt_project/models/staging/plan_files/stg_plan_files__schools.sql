with
    accepted as ({{ accepted_rows("plan_files__schools") }}),

    renamed as (
        select
            -- ids
            trim(school_id) as school_number,
            -- attributes
            trim(region) as region,
            trim(feeder) as feeder,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
