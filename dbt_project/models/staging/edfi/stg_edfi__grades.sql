with
    accepted as ({{ accepted_rows("edfi__grades") }}),

    renamed as (
        select
            -- ids
            trim(id) as resource_id,
            trim(student_unique_id) as student_unique_id,
            trim(local_course_code) as local_course_code,
            trim(school_id) as edfi_school_id,
            {{ parse_school_year("school_year") }} as school_year,
            trim(session_name) as session_name,
            trim(section_identifier) as section_identifier,
            trim(grading_period_name) as grading_period_name,
            {{ parse_school_year("grading_period_school_year") }} as grading_period_school_year,
            -- attributes
            trim(grading_period_descriptor) as grading_period_descriptor,
            trim(grade_type_descriptor) as grade_type_descriptor,
            trim(letter_grade_earned) as letter_grade_earned,
            -- measures
            try_cast(trim(numeric_grade_earned) as decimal(12, 4)) as numeric_grade_earned,
            -- dates
            {{ parse_date("section_begin_date") }} as section_begins_on,
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
