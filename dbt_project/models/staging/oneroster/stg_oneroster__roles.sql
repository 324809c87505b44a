with
    accepted as ({{ accepted_rows("oneroster__roles") }}),

    renamed as (
        select
            -- ids
            sourced_id as role_sourced_id,
            user_sourced_id,
            org_sourced_id,
            -- attributes
            {{ normalise_code("role_type") }} as role_type,
            {{ normalise_code("role") }} as role,
            {{ is_taken_back("status") }} as is_deleted,
            -- dates
            {{ parse_date("begin_date") }} as begins_on,
            {{ parse_date("end_date") }} as ends_before_on,
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
