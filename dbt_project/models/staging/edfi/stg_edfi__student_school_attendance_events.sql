with
    accepted as ({{ accepted_rows("edfi__student_school_attendance_events") }}),

    renamed as (
        select
            -- ids
            trim(id) as resource_id,
            trim(student_unique_id) as student_unique_id,
            trim(school_id) as edfi_school_id,
            {{ parse_school_year("school_year") }} as school_year,
            trim(session_name) as session_name,
            -- attributes
            trim(attendance_event_category_descriptor) as attendance_event_category_descriptor,
            trim(attendance_event_reason) as attendance_event_reason,
            trim(arrival_time) as arrival_time,
            trim(departure_time) as departure_time,
            -- measures
            try_cast(trim(event_duration) as decimal(12, 4)) as event_duration,
            try_cast(trim(school_attendance_duration) as bigint) as school_attendance_duration,
            -- dates
            {{ parse_date("event_date") }} as event_on,
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
