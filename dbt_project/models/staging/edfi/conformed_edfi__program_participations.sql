{#- Programmes in which students take part; those that are statuses are conformed as such. -#}
{% set associations = [
    "student_program_associations",
    "student_title_i_part_a_program_associations",
    "student_cte_program_associations",
] %}

with
    programs as (select * from {{ ref("stg_edfi__programs") }}),

    attendance as (select * from {{ ref("stg_edfi__student_program_attendance_events") }}),

    schools as (select * from {{ ref("numbered_edfi__schools") }}),

    program_types as ({{ edfi_meanings("program_participations.program_code") }}),

    categories as ({{ edfi_meanings("attendance_records.attendance_category") }}),

    participations as (
        {% for association in associations %}
            select
                student_unique_id,
                education_organization_id,
                program_education_organization_id,
                program_name,
                lower(program_type_descriptor) as program_type_descriptor,
                begins_on,
                ends_on,
                'edfi__{{ association }}' as source_table,
                row_id,
                source_file,
                source_row,
                delivered_on
            from {{ ref("stg_edfi__" ~ association) }} {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    sessions as (
        select participations.row_id, count(distinct attendance.event_on) as sessions_attended
        from participations
        inner join
            attendance
            on participations.student_unique_id = attendance.student_unique_id
            and participations.education_organization_id = attendance.education_organization_id
            and participations.program_education_organization_id
            = attendance.program_education_organization_id
            and participations.program_name = attendance.program_name
            and participations.program_type_descriptor = lower(attendance.program_type_descriptor)
            and attendance.event_on >= participations.begins_on
            and attendance.event_on <= coalesce(participations.ends_on, attendance.event_on)
        inner join
            categories on lower(attendance.attendance_event_category_descriptor) = categories.descriptor
        where categories.meaning in ('present', 'tardy')
        group by participations.row_id
    ),

    final as (
        select
            participations.row_id as participation_id,
            'edfi' as person_namespace,
            participations.student_unique_id as person_id,
            schools.school_number,
            {{ school_year_of_date("participations.begins_on") }} as school_year,
            upper(coalesce(programs.program_id, participations.program_name)) as program_code,
            participations.program_name,
            participations.begins_on,
            participations.ends_on,
            cast(sessions.sessions_attended as integer) as sessions_attended,
            participations.source_table,
            participations.row_id,
            participations.source_file,
            participations.source_row,
            participations.delivered_on
        from participations
        inner join program_types on participations.program_type_descriptor = program_types.descriptor
        left join
            programs
            on participations.program_education_organization_id = programs.education_organization_id
            and participations.program_name = programs.program_name
            and participations.program_type_descriptor = lower(programs.program_type_descriptor)
        left join schools on participations.education_organization_id = schools.edfi_school_id
        left join sessions on participations.row_id = sessions.row_id
    )

select *
from final
