with
    accepted as ({{ accepted_rows("edfi__resource_counts") }}),

    renamed as (
        select
            -- ids
            trim(resource) as resource,
            -- attributes
            trim(entity) as entity,
            trim(reading) as reading,
            -- measures
            try_cast(trim(min_change_version) as bigint) as min_change_version,
            try_cast(trim(max_change_version) as bigint) as max_change_version,
            try_cast(trim(total_before) as bigint) as total_before,
            try_cast(trim(total_after) as bigint) as total_after,
            try_cast(trim(total_in_window) as bigint) as total_in_window,
            try_cast(trim(rows_read) as bigint) as rows_read,
            try_cast(trim(deletes_read) as bigint) as deletes_read,
            try_cast(trim(key_changes_read) as bigint) as key_changes_read,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
