with
    accepted as ({{ accepted_rows("oneroster__courses") }}),

    renamed as (
        select
            -- ids
            sourced_id as course_sourced_id,
            school_year_sourced_id as session_sourced_id,
            org_sourced_id,
            trim(course_code) as course_code,
            -- attributes
            trim(title) as course_title,
            upper(trim(grades)) as grade_codes,
            trim(subjects) as subjects,
            trim(subject_codes) as subject_codes,
            {{ is_taken_back("status") }} as is_deleted,
            -- dates
            try_cast(date_last_modified as timestamp) as modified_at,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
