with
    accepted as ({{ accepted_rows("growth_files__percentiles") }}),

    renamed as (
        select
            -- ids
            nullif(trim(state_student_id), '') as state_student_id,
            nullif(trim(student_id), '') as student_number,
            nullif(trim(school_id), '') as school_number,
            -- attributes
            upper(trim(subject)) as subject,
            upper(trim(tested_grade)) as tested_grade_code,
            nullif(trim(prior_performance_level), '') as prior_performance_level,
            {{ parse_boolean("prior_proficient") }} as is_prior_proficient,
            -- numbers
            try_cast(trim(growth_percentile) as decimal(9, 2)) as growth_percentile,
            try_cast(trim(adequate_percentile) as decimal(9, 2)) as adequate_percentile,
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
