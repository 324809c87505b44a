with
    accepted as ({{ accepted_rows("assessment_files__results") }}),

    renamed as (
        select
            -- ids
            trim(result_id) as result_id,
            trim(student_id) as delivered_student_id,
            {{ normalise_code("student_id_type") }} as student_id_type,
            trim(school_id) as school_number,
            -- attributes
            upper(trim(instrument)) as instrument,
            trim(window_name) as window_name,
            upper(trim(subject)) as subject,
            upper(trim(tested_grade)) as tested_grade_code,
            trim(performance_level) as performance_level,
            upper(trim(status_code)) as status_code,
            -- numbers
            try_cast(scale_score as decimal(9, 2)) as scale_score,
            {{ parse_school_year("school_year") }} as delivered_school_year,
            -- dates
            {{ parse_date("test_date") }} as tested_on,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
