with
    accepted as ({{ accepted_rows("edfi__student_discipline_incident_behavior_associations") }}),

    renamed as (
        select
            -- ids
            trim(id) as resource_id,
            trim(student_unique_id) as student_unique_id,
            trim(incident_identifier) as incident_identifier,
            trim(school_id) as edfi_school_id,
            -- attributes
            trim(behavior_descriptor) as behavior_descriptor,
            trim(discipline_incident_participation_codes) as discipline_incident_participation_codes,
            -- dates
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
