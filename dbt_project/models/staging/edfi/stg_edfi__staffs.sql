with
    accepted as ({{ accepted_rows("edfi__staffs") }}),

    renamed as (
        select
            -- ids
            trim(id) as resource_id,
            trim(staff_unique_id) as staff_unique_id,
            -- attributes
            trim(first_name) as first_name,
            trim(last_surname) as last_surname,
            trim(
                highest_completed_level_of_education_descriptor
            ) as highest_completed_level_of_education_descriptor,
            {{ parse_boolean("highly_qualified_teacher") }} as is_highly_qualified,
            trim(credentials) as credentials,
            -- measures
            try_cast(
                trim(years_of_prior_professional_experience) as decimal(12, 4)
            ) as years_of_prior_professional_experience,
            try_cast(
                trim(years_of_prior_teaching_experience) as decimal(12, 4)
            ) as years_of_prior_teaching_experience,
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
