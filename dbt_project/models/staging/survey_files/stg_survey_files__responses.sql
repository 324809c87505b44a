with
    accepted as ({{ accepted_rows("survey_files__responses") }}),

    renamed as (
        select
            -- ids
            trim(response_id) as response_id,
            trim(school_id) as school_number,
            -- attributes
            {{ normalise_code("respondent_type") }} as respondent_type,
            upper(trim(grade)) as grade_code,
            replace(lower(trim(race_ethnicity)), '_', ' ') as race_label,
            -- answers
            try_cast(try_cast(trim(q_safety) as decimal(9, 4)) as integer) as safety,
            try_cast(try_cast(trim(q_belonging) as decimal(9, 4)) as integer) as belonging,
            try_cast(try_cast(trim(q_relationships) as decimal(9, 4)) as integer) as relationships,
            try_cast(try_cast(trim(q_expectations) as decimal(9, 4)) as integer) as expectations,
            try_cast(try_cast(trim(q_voice) as decimal(9, 4)) as integer) as voice,
            -- dates
            {{ parse_school_year("school_year") }} as school_year,
            {{ parse_date("submitted_on") }} as submitted_on,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
