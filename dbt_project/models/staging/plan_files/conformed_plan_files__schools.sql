with
    schools as (select * from {{ ref("stg_plan_files__schools") }}),

    final as (
        select
            school_number,
            -- The plan groups schools that the roster names.
            cast(null as varchar) as school_name,
            cast(null as integer) as highest_grade_rank,
            {{ group_name("region") }} as region,
            {{ group_name("feeder") }} as feeder,
            cast(null as timestamp) as modified_at,
            'plan_files__schools' as source_table,
            row_id,
            source_file,
            source_row,
            delivered_on
        from schools
        where school_number is not null
    )

select *
from final
