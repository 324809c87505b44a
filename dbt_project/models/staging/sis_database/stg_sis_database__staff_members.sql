with
    accepted as ({{ accepted_rows("sis_database__staff_members") }}),

    renamed as (
        select
            -- ids
            staff_id,
            trim(staff_number) as staff_number,
            -- attributes
            trim(first_name) as given_name,
            trim(last_name) as family_name,
            trim(position) as position,
            trim(highest_degree) as highest_degree,
            trim(certification) as certification,
            try_cast(trim(years_experience_at_hire) as decimal(9, 2)) as years_experience_at_hire,
            try_cast(trim(fte) as decimal(9, 4)) as fte,
            {{ soft_deleted("is_deleted") }} as is_deleted,
            -- dates
            {{ parse_date("hire_date") }} as hired_on,
            {{ parse_date("termination_date") }} as left_on,
            try_cast(updated_at as timestamp) as modified_at,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
