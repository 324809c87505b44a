with
    events as (select * from {{ ref("stg_edfi__student_school_attendance_events") }}),

    schools as (select * from {{ ref("numbered_edfi__schools") }}),

    meanings as ({{ edfi_meanings("attendance_records.attendance_category") }}),

    categories as (
        select attendance_category, bool_or(is_absent) as is_absent, bool_or(is_tardy) as is_tardy
        from {{ ref("attendance_codes") }}
        group by attendance_category
    ),

    final as (
        select
            'edfi' as person_namespace,
            events.student_unique_id as person_id,
            schools.school_number,
            events.event_on as attendance_on,
            '{{ var("edfi_attendance_record_basis") }}' as record_basis,
            coalesce(meanings.meaning, 'unknown') as attendance_category,
            categories.is_absent,
            coalesce(categories.is_tardy, false) as is_tardy,
            cast(events.event_duration as decimal(9, 4)) as day_fraction,
            cast(null as varchar) as period,
            'edfi__student_school_attendance_events' as source_table,
            events.row_id,
            events.source_file,
            events.source_row,
            events.delivered_on
        from events
        inner join schools using (edfi_school_id)
        left join meanings on lower(events.attendance_event_category_descriptor) = meanings.descriptor
        left join categories on meanings.meaning = categories.attendance_category
    )

select *
from final
