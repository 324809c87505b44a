with
    accepted as ({{ accepted_rows("plan_files__measures") }}),

    renamed as (
        select
            -- ids
            trim(measure_id) as measure_id,
            trim(goal_id) as goal_id,
            -- attributes
            trim(title) as title,
            {{ normalise_code("metric") }} as metric,
            nullif({{ normalise_code("dimension") }}, '') as dimension,
            nullif(trim(member), '') as member,
            trim(owner_role) as owner_role,
            -- numbers
            {{ parse_school_year("baseline_year") }} as baseline_year,
            try_cast(trim(baseline_value) as decimal(9, 4)) as baseline_value,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
