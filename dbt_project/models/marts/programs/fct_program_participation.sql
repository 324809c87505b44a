with
    participations as (select * from {{ ref("int_program_participations_united") }}),

    identities as (select * from {{ ref("int_student_identities") }}),

    rostered as (select * from {{ ref("int_students_rostered") }}),

    found as (
        select participations.*, {{ resolved_student_key("participations", "identities") }} as student_key
        from participations
        left join
            identities
            on participations.person_namespace = identities.person_namespace
            and participations.person_id = identities.person_id
    ),

    numbered as (
        select
            *,
            row_number() over (
                partition by student_key, school_number, program_code, begins_on
                order by ends_on, sessions_attended, source_file, source_row
            ) as occurrence
        from found
    ),

    final as (
        select
            {{
                row_key(
                    "program_participation",
                    ["numbered.student_key", "school_number", "program_code", "begins_on", "occurrence"],
                )
            }} as program_participation_key,
            numbered.student_key,
            {{ school_key("numbered.school_number") }} as school_key,
            numbered.school_year,
            numbered.program_code,
            numbered.program_name,
            numbered.begins_on,
            numbered.ends_on,
            numbered.sessions_attended,
            cast(numbered.ends_on - numbered.begins_on + 1 as integer) as days_in_program,
            rostered.student_key is not null as is_matched_to_roster
        from numbered
        left join rostered on numbered.student_key = rostered.student_key
    )

select *
from final
