with
    accepted as ({{ accepted_rows("hr_files__staff") }}),

    renamed as (
        select
            -- ids
            trim(staff_id) as staff_number,
            -- attributes
            trim(given_name) as given_name,
            trim(family_name) as family_name,
            trim(position) as position,
            trim(highest_degree) as highest_degree,
            trim(certification) as certification,
            -- numbers
            try_cast(trim(years_experience_at_hire) as decimal(9, 4)) as years_experience_at_hire,
            try_cast(trim(fte) as decimal(9, 4)) as fte,
            -- dates
            {{ parse_date("hire_date") }} as hired_on,
            {{ parse_date("termination_date") }} as left_on,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
