with
    accepted as ({{ accepted_rows("edfi__course_transcripts") }}),

    renamed as (
        select
            -- ids
            trim(id) as resource_id,
            trim(student_unique_id) as student_unique_id,
            trim(education_organization_id) as education_organization_id,
            {{ parse_school_year("school_year") }} as school_year,
            trim(course_code) as course_code,
            trim(course_education_organization_id) as course_education_organization_id,
            -- attributes
            trim(term_descriptor) as term_descriptor,
            trim(course_attempt_result_descriptor) as course_attempt_result_descriptor,
            trim(final_letter_grade_earned) as final_letter_grade_earned,
            trim(sections) as sections,
            -- measures
            try_cast(trim(attempted_credits) as decimal(12, 4)) as attempted_credits,
            try_cast(trim(earned_credits) as decimal(12, 4)) as earned_credits,
            try_cast(trim(final_numeric_grade_earned) as decimal(12, 4)) as final_numeric_grade_earned,
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
