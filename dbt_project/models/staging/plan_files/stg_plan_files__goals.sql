with
    accepted as ({{ accepted_rows("plan_files__goals") }}),

    renamed as (
        select
            -- ids
            trim(goal_id) as goal_id,
            -- attributes
            trim(title) as title,
            trim(description) as description,
            trim(owner_role) as owner_role,
            -- years
            {{ parse_school_year("begin_year") }} as begin_year,
            {{ parse_school_year("end_year") }} as end_year,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
