with
    accepted as ({{ accepted_rows("postsecondary_files__enrollments") }}),

    renamed as (
        select
            -- ids
            nullif(rtrim(trim(student_id), '_'), '') as student_id,
            {{ normalise_code("student_id_type") }} as student_id_type,
            trim(college_code) as institution_code,
            -- attributes
            {{ parse_boolean("record_found") }} as is_found,
            trim(college_name) as institution_name,
            upper(trim(college_state)) as institution_state,
            {{ normalise_code("college_level") }} as institution_level,
            {{ normalise_code("college_control") }} as institution_control,
            upper(trim(enrollment_status)) as enrollment_status_code,
            upper(trim(class_level)) as class_level,
            {{ parse_boolean("graduated") }} as has_graduated,
            trim(degree_title) as degree_title,
            -- dates
            {{ parse_date("enrollment_begin") }} as begins_on,
            {{ parse_date("enrollment_end") }} as ends_on,
            {{ parse_date("graduation_date") }} as graduated_on,
            {{ parse_date("search_date") }} as searched_on,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
