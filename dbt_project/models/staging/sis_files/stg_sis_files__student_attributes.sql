with
    accepted as ({{ accepted_rows("sis_files__student_attributes") }}),

    renamed as (
        select
            -- ids
            trim(student_id) as student_number,
            -- attributes
            {{ normalise_code("race_ethnicity") }} as race_label,
            trim(primary_language) as primary_language,
            {{ normalise_code("english_learner") }} as english_learner_label,
            {{ normalise_code("special_education") }} as disability_label,
            {{ normalise_code("low_income") }} as economic_disadvantage_label,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
