with
    accepted as ({{ accepted_rows("edfi__student_assessments") }}),

    renamed as (
        select
            -- ids
            trim(id) as resource_id,
            trim(student_assessment_identifier) as student_assessment_identifier,
            trim(student_unique_id) as student_unique_id,
            trim(assessment_identifier) as assessment_identifier,
            trim(namespace) as namespace,
            -- attributes
            {{ parse_school_year("school_year") }} as school_year,
            trim(reported_school_id) as reported_school_id,
            trim(when_assessed_grade_level_descriptor) as when_assessed_grade_level_descriptor,
            trim(assessed_grade_level_descriptor) as assessed_grade_level_descriptor,
            trim(reason_not_tested_descriptor) as reason_not_tested_descriptor,
            trim(retest_indicator_descriptor) as retest_indicator_descriptor,
            trim(assessment_period_descriptor) as assessment_period_descriptor,
            trim(score_results) as score_results,
            trim(performance_levels) as performance_levels,
            -- dates
            cast(try_cast(trim(administration_date) as timestamp) as date) as administered_on,
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
