with
    accepted as ({{ accepted_rows("control_files__table_totals") }}),

    renamed as (
        select
            -- ids
            {{ normalise_code("system") }} as system,
            {{ normalise_code("entity") }} as entity,
            nullif(trim(file_name), '') as file_name,
            {{ normalise_code("key_column") }} as key_column,
            -- numbers
            try_cast(row_count as bigint) as row_count,
            try_cast(key_checksum as bigint) as key_checksum,
            -- dates
            {{ parse_date("extracted_on") }} as extracted_on,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
