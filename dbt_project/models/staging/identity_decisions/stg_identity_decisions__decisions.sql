with
    accepted as ({{ accepted_rows("identity_decisions__decisions") }}),

    renamed as (
        select
            -- ids
            trim(decision_id) as decision_id,
            {{ normalise_code("person_namespace") }} as person_namespace,
            trim(person_id) as person_id,
            nullif({{ normalise_code("into_namespace") }}, '') as into_namespace,
            nullif(trim(into_id), '') as into_id,
            -- attributes
            {{ normalise_code("kind") }} as kind,
            coalesce(nullif({{ normalise_code("person_type") }}, ''), 'student') as person_type,
            -- dates
            {{ parse_date("effective_on") }} as effective_on,
            {{ parse_date("revoked_on") }} as revoked_on,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
