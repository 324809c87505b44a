with
    students as (select * from {{ ref("stg_edfi__students") }}),

    associations as (select * from {{ ref("stg_edfi__student_education_organization_associations") }}),

    separate_codes as (select * from {{ ref("stg_edfi__student_identification_codes") }}),

    local_systems as ({{ edfi_meanings("students.student_number") }}),

    state_systems as ({{ edfi_meanings("students.state_student_id") }}),

    stays as (select * from {{ ref("stg_edfi__student_school_associations") }}),

    grade_meanings as ({{ edfi_meanings("enrollments.grade_level") }}),

    listed_codes as (
        select student_unique_id, {{ json_elements("student_identification_codes") }} as code
        from associations
    ),

    codes as (
        select
            student_unique_id,
            lower({{ json_text("code", "studentIdentificationSystemDescriptor") }}) as system_descriptor,
            trim({{ json_text("code", "identificationCode") }}) as identification_code
        from listed_codes
        union all
        select student_unique_id, lower(student_identification_system_descriptor), identification_code
        from separate_codes
    ),

    local_numbers as (
        select codes.student_unique_id, min(codes.identification_code) as student_number
        from codes
        inner join local_systems on codes.system_descriptor = local_systems.descriptor
        group by codes.student_unique_id
    ),

    state_numbers as (
        select codes.student_unique_id, min(codes.identification_code) as state_student_id
        from codes
        inner join state_systems on codes.system_descriptor = state_systems.descriptor
        group by codes.student_unique_id
    ),

    latest_stays as (
        select student_unique_id, entry_grade_level_descriptor
        from stays
        qualify row_number() over (partition by student_unique_id order by entry_on desc, resource_id) = 1
    ),

    final as (
        select
            'edfi' as person_namespace,
            students.student_unique_id as person_id,
            coalesce(local_numbers.student_number, students.student_unique_id) as student_number,
            state_numbers.state_student_id,
            students.first_name as given_name,
            students.last_surname as family_name,
            students.birth_on,
            grade_meanings.meaning as grade_level,
            'edfi__students' as source_table,
            students.row_id,
            students.source_file,
            students.source_row,
            students.delivered_on
        from students
        left join local_numbers using (student_unique_id)
        left join state_numbers using (student_unique_id)
        left join latest_stays using (student_unique_id)
        left join
            grade_meanings on lower(latest_stays.entry_grade_level_descriptor) = grade_meanings.descriptor
    )

select *
from final
