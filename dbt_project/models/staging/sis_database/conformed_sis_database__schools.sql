with
    schools as (select * from {{ ref("stg_sis_database__schools") }} where not is_deleted),

    grade_levels as (select * from {{ ref("grade_levels") }}),

    final as (
        select
            schools.school_number,
            schools.school_name,
            grade_levels.grade_rank as highest_grade_rank,
            cast(null as varchar) as region,
            cast(null as varchar) as feeder,
            schools.modified_at,
            'sis_database__schools' as source_table,
            schools.row_id,
            schools.source_file,
            schools.source_row,
            schools.delivered_on
        from schools
        left join grade_levels on schools.highest_grade_code = grade_levels.grade_code
        where schools.school_number is not null
    )

select *
from final
