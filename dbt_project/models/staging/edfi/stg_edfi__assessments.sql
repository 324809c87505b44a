with
    accepted as ({{ accepted_rows("edfi__assessments") }}),

    renamed as (
        select
            -- ids
            trim(id) as resource_id,
            trim(assessment_identifier) as assessment_identifier,
            trim(namespace) as namespace,
            -- attributes
            trim(assessment_title) as assessment_title,
            trim(assessment_family) as assessment_family,
            trim(assessment_category_descriptor) as assessment_category_descriptor,
            trim(academic_subjects) as academic_subjects,
            trim(academic_subject_descriptor) as academic_subject_descriptor,
            trim(assessed_grade_levels) as assessed_grade_levels,
            trim(scores) as scores,
            trim(performance_levels) as performance_levels,
            trim(periods) as periods,
            -- measures
            try_cast(trim(assessment_version) as bigint) as assessment_version,
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
