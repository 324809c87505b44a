with
    accepted as ({{ accepted_rows("edfi__discipline_actions") }}),

    renamed as (
        select
            -- ids
            trim(id) as resource_id,
            trim(discipline_action_identifier) as discipline_action_identifier,
            trim(student_unique_id) as student_unique_id,
            -- attributes
            trim(responsibility_school_id) as responsibility_school_id,
            trim(assignment_school_id) as assignment_school_id,
            trim(disciplines) as disciplines,
            trim(
                student_discipline_incident_behavior_associations
            ) as student_discipline_incident_behavior_associations,
            -- measures
            try_cast(trim(discipline_action_length) as decimal(12, 4)) as discipline_action_length,
            try_cast(
                trim(actual_discipline_action_length) as decimal(12, 4)
            ) as actual_discipline_action_length,
            -- dates
            {{ parse_date("discipline_date") }} as discipline_on,
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
