with
    accepted as ({{ accepted_rows("sis_files__marks") }}),

    renamed as (
        select
            -- ids
            trim(mark_id) as mark_id,
            trim(student_id) as student_number,
            trim(section_id) as section_id,
            trim(course_code) as course_code,
            trim(school_id) as school_number,
            -- attributes
            trim(course_title) as course_title,
            trim(subject) as subject_names,
            trim(sced_code) as subject_codes,
            trim(term) as term,
            upper(trim(letter_mark)) as letter_mark,
            {{ parse_boolean("is_final") }} as is_final,
            -- numbers
            try_cast(numeric_mark as decimal(9, 4)) as numeric_mark,
            try_cast(credits_attempted as decimal(9, 4)) as credits_attempted,
            try_cast(credits_earned as decimal(9, 4)) as credits_earned,
            {{ parse_school_year("school_year") }} as school_year,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
