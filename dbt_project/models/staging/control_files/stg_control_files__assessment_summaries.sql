with
    accepted as ({{ accepted_rows("control_files__assessment_summaries") }}),

    renamed as (
        select
            -- ids
            nullif(trim(school_id), '') as school_number,
            -- attributes
            upper(trim(instrument)) as instrument,
            upper(trim(subject)) as subject,
            nullif(trim(tested_grade), '') as tested_grade,
            -- numbers
            {{ parse_school_year("school_year") }} as school_year,
            try_cast(tested as bigint) as tested,
            try_cast(proficient as bigint) as proficient,
            try_cast(percent_proficient as decimal(9, 4)) as percent_proficient,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
