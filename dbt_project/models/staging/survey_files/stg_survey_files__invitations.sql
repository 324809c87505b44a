with
    accepted as ({{ accepted_rows("survey_files__invitations") }}),

    renamed as (
        select
            -- ids
            nullif(trim(school_id), '') as school_number,
            -- attributes
            {{ normalise_code("respondent_type") }} as respondent_type,
            -- numbers
            {{ parse_school_year("school_year") }} as school_year,
            try_cast(invited as integer) as invited,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
