with
    accepted as ({{ accepted_rows("plan_files__reviews") }}),

    renamed as (
        select
            -- ids
            trim(review_id) as review_id,
            nullif(trim(goal_id), '') as goal_id,
            -- attributes
            trim(title) as title,
            trim(chair_role) as chair_role,
            -- dates
            {{ parse_date("meeting_date") }} as meeting_on,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
