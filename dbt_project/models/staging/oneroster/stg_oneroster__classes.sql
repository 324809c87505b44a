with
    accepted as ({{ accepted_rows("oneroster__classes") }}),

    renamed as (
        select
            -- ids
            sourced_id as class_sourced_id,
            course_sourced_id,
            school_sourced_id as org_sourced_id,
            term_sourced_ids as session_sourced_ids,
            trim(class_code) as class_code,
            -- attributes
            trim(title) as class_title,
            {{ normalise_code("class_type") }} as class_type,
            upper(trim(grades)) as grade_codes,
            trim(subjects) as subjects,
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
