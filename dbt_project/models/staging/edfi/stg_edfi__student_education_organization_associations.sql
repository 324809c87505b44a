with
    accepted as ({{ accepted_rows("edfi__student_education_organization_associations") }}),

    renamed as (
        select
            -- ids
            trim(id) as resource_id,
            trim(student_unique_id) as student_unique_id,
            trim(education_organization_id) as education_organization_id,
            -- attributes
            trim(sex_descriptor) as sex_descriptor,
            {{ parse_boolean("hispanic_latino_ethnicity") }} as is_hispanic,
            trim(races) as races,
            trim(limited_english_proficiency_descriptor) as limited_english_proficiency_descriptor,
            trim(student_characteristics) as student_characteristics,
            trim(student_indicators) as student_indicators,
            trim(student_identification_codes) as student_identification_codes,
            trim(disabilities) as disabilities,
            trim(languages) as languages,
            trim(tribal_affiliations) as tribal_affiliations,
            trim(supporter_military_connection_descriptor) as supporter_military_connection_descriptor,
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
