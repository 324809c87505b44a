with
    accepted as ({{ accepted_rows("oneroster__orgs") }}),

    renamed as (
        select
            -- ids
            sourced_id as org_sourced_id,
            parent_sourced_id as parent_org_sourced_id,
            trim(identifier) as school_number,
            -- attributes
            trim(name) as org_name,
            {{ normalise_code("type") }} as org_type,
            {{ is_taken_back("status") }} as is_deleted,
            -- dates
            try_cast(date_last_modified as timestamp) as modified_at,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
