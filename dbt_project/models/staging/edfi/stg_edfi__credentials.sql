with
    accepted as ({{ accepted_rows("edfi__credentials") }}),

    renamed as (
        select
            -- ids
            trim(id) as resource_id,
            trim(credential_identifier) as credential_identifier,
            -- attributes
            trim(
                state_of_issue_state_abbreviation_descriptor
            ) as state_of_issue_state_abbreviation_descriptor,
            trim(credential_type_descriptor) as credential_type_descriptor,
            trim(teaching_credential_descriptor) as teaching_credential_descriptor,
            -- dates
            {{ parse_date("issuance_date") }} as issued_on,
            {{ parse_date("expiration_date") }} as expires_on,
            try_cast(trim(last_modified_date) as timestamp) as modified_at,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
