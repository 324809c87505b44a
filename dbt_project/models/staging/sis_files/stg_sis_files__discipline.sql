with
    accepted as ({{ accepted_rows("sis_files__discipline") }}),

    renamed as (
        select
            -- ids
            trim(action_id) as action_id,
            trim(incident_id) as incident_id,
            trim(student_id) as student_number,
            trim(school_id) as school_number,
            -- attributes
            upper(trim(behavior_code)) as behavior_code,
            upper(trim(action_code)) as action_code,
            -- numbers
            try_cast(duration_days as decimal(9, 4)) as duration_days,
            -- dates
            {{ parse_date("incident_date") }} as incident_on,
            {{ parse_date("action_begin_date") }} as action_begins_on,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
