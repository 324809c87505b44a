with
    accepted as ({{ accepted_rows("oneroster__users") }}),

    renamed as (
        select
            -- ids
            sourced_id as user_sourced_id,
            trim(identifier) as student_number,
            {{ typed_id("user_ids", "StateID") }} as state_student_id,
            org_sourced_ids,
            coalesce(
                primary_org_sourced_id, trim(split_part(org_sourced_ids, ',', 1))
            ) as primary_org_sourced_id,
            -- attributes
            trim(given_name) as given_name,
            trim(family_name) as family_name,
            {{ normalise_code("role") }} as role,
            upper(trim(grades)) as grade_code,
            {{ parse_boolean("enabled_user") }} as is_enabled,
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
