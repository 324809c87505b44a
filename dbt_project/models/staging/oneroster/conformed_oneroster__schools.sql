with
    orgs as (
        select *
        from {{ ref("stg_oneroster__orgs") }}
        where org_type = 'school' and school_number is not null and not is_deleted
    ),

    homerooms as (
        select org_sourced_id, max(highest_grade_rank) as highest_grade_rank
        from {{ ref("graded_oneroster__classes") }}
        where is_homeroom
        group by org_sourced_id
    ),

    final as (
        select
            orgs.school_number,
            orgs.org_name as school_name,
            homerooms.highest_grade_rank,
            cast(null as varchar) as region,
            cast(null as varchar) as feeder,
            orgs.modified_at,
            'oneroster__orgs' as source_table,
            orgs.row_id,
            orgs.source_file,
            orgs.source_row,
            orgs.delivered_on
        from orgs
        left join homerooms using (org_sourced_id)
    )

select *
from final
