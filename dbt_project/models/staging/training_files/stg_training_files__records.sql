with
    accepted as ({{ accepted_rows("training_files__records") }}),

    renamed as (
        select
            -- ids
            trim(record_id) as training_id,
            trim(staff_id) as staff_number,
            upper(trim(course_code)) as course_code,
            -- attributes
            trim(course_title) as course_title,
            {{ normalise_code("status") }} as status,
            -- numbers
            try_cast(trim(hours) as decimal(9, 4)) as hours,
            try_cast(trim(score) as decimal(9, 4)) as score,
            -- dates
            {{ parse_date("enrolled_on") }} as enrolled_on,
            {{ parse_date("completed_on") }} as completed_on,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
