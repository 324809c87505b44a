with
    accepted as ({{ accepted_rows("practice_store__actions") }}),

    renamed as (
        select
            -- ids
            trim(action_id) as action_id,
            nullif(trim(stocktake_id), '') as stocktake_id,
            nullif(trim(school_id), '') as school_number,
            -- dates
            {{ parse_date("due_on") }} as due_on,
            {{ parse_date("closed_on") }} as closed_on,
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
