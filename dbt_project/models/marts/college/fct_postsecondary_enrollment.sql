with
    records as (select * from {{ ref("int_postsecondary_enrollments_united") }}),

    identities as (select * from {{ ref("int_student_identities") }}),

    rostered as (select * from {{ ref("int_students_rostered") }}),

    found as (
        select records.*, {{ resolved_student_key("records", "identities") }} as student_key
        from records
        left join
            identities
            on records.person_namespace = identities.person_namespace
            and records.person_id = identities.person_id
    ),

    numbered as (
        select
            *,
            row_number() over (
                partition by student_key, record_id order by degree_title, source_file, source_row
            ) as occurrence
        from found
    ),

    final as (
        select
            {{ row_key("postsecondary_enrollment", ["numbered.student_key", "record_id", "occurrence"]) }}
            as postsecondary_enrollment_key,
            numbered.student_key,
            numbered.is_found,
            numbered.searched_on,
            numbered.institution_code,
            numbered.institution_name,
            numbered.institution_level,
            {{ school_year_of_date("coalesce(numbered.begins_on, numbered.graduated_on)") }} as school_year,
            numbered.begins_on,
            numbered.ends_on,
            numbered.enrollment_status,
            numbered.has_graduated,
            numbered.graduated_on,
            numbered.degree_title,
            rostered.student_key is not null as is_matched_to_roster
        from numbered
        left join rostered on numbered.student_key = rostered.student_key
    )

select *
from final
