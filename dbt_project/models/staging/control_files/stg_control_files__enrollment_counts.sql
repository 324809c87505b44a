with
    accepted as ({{ accepted_rows("control_files__enrollment_counts") }}),

    renamed as (
        select
            -- ids
            nullif(trim(school_id), '') as school_number,
            -- attributes
            {{ normalise_code("counted_by") }} as counted_by,
            nullif(trim(grade_level), '') as grade_level,
            -- numbers
            try_cast(students as bigint) as students,
            -- dates
            {{ parse_date("counted_on") }} as counted_on,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
