with
    accepted as ({{ accepted_rows("edfi__deletes") }}),

    renamed as (
        select
            -- ids
            trim(resource) as resource,
            trim(id) as resource_id,
            try_cast(trim(change_version) as bigint) as change_version,
            -- attributes
            trim(key_values) as key_values,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
