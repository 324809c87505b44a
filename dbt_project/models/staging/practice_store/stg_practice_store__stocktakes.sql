with
    accepted as ({{ accepted_rows("practice_store__stocktakes") }}),

    renamed as (
        select
            -- ids
            trim(stocktake_id) as stocktake_id,
            nullif(trim(goal_id), '') as goal_id,
            nullif(trim(school_id), '') as school_number,
            -- dates
            {{ parse_date("planned_on") }} as planned_on,
            {{ parse_date("held_on") }} as held_on,
            {{ parse_date("exported_on") }} as exported_on,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
