with
    accepted as ({{ accepted_rows("edfi__students") }}),

    renamed as (
        select
            -- ids
            trim(id) as resource_id,
            trim(student_unique_id) as student_unique_id,
            -- attributes
            trim(first_name) as first_name,
            trim(last_surname) as last_surname,
            trim(birth_sex_descriptor) as birth_sex_descriptor,
            -- dates
            {{ parse_date("birth_date") }} as birth_on,
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
