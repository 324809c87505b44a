with
    accepted as ({{ accepted_rows("direct_certification_files__certifications") }}),

    renamed as (
        select
            -- ids
            nullif(trim(state_student_id), '') as state_student_id,
            nullif(trim(student_id), '') as student_number,
            -- attributes
            upper(trim(certification_type)) as certification_type,
            {{ parse_boolean("is_extended") }} as is_extended,
            -- dates
            {{ parse_date("certified_on") }} as certified_on,
            {{ parse_date("ends_on") }} as ends_on,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
