with
    accepted as ({{ accepted_rows("edfi__staff_education_organization_assignment_associations") }}),

    renamed as (
        select
            -- ids
            trim(id) as resource_id,
            trim(staff_unique_id) as staff_unique_id,
            trim(education_organization_id) as education_organization_id,
            -- attributes
            trim(staff_classification_descriptor) as staff_classification_descriptor,
            trim(position_title) as position_title,
            -- measures
            try_cast(trim(full_time_equivalency) as decimal(12, 4)) as full_time_equivalency,
            try_cast(trim(order_of_assignment) as bigint) as order_of_assignment,
            -- dates
            {{ parse_date("begin_date") }} as begins_on,
            {{ parse_date("end_date") }} as ends_on,
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
