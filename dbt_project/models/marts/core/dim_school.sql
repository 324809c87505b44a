with
    orgs as (
        select school_number, org_name
        from {{ ref("stg_oneroster__orgs") }}
        where org_type = 'school' and school_number is not null and not is_deleted
        qualify
            row_number() over (
                partition by school_number order by modified_at desc nulls last, source_row desc
            )
            = 1
    ),

    mentioned as (
        select school_number
        from {{ ref("stg_sis_files__calendar") }}
        union
        select school_number
        from {{ ref("stg_sis_files__attendance") }}
        union
        select school_number
        from {{ ref("stg_sis_files__discipline") }}
        union
        select school_number
        from {{ ref("stg_assessment_files__results") }}
    ),

    homeroom_grades as (
        select school_key, max(highest_grade_rank) as highest_grade_rank
        from {{ ref("int_classes_graded") }}
        where is_homeroom
        group by school_key
    ),

    schools as (
        select school_number, org_name as school_name, true as is_in_roster
        from orgs
        union all
        select school_number, null, false
        from mentioned
        where school_number is not null and school_number not in (select school_number from orgs)
    ),

    final as (
        select
            {{ school_key("schools.school_number") }} as school_key,
            schools.school_number,
            coalesce(schools.school_name, schools.school_number) as school_name,
            case
                when homeroom_grades.highest_grade_rank <= 5
                then 'elementary'
                when homeroom_grades.highest_grade_rank <= 8
                then 'middle'
                when homeroom_grades.highest_grade_rank is not null
                then 'high'
                else 'unknown'
            end as school_level,
            schools.is_in_roster
        from schools
        left join homeroom_grades on homeroom_grades.school_key = {{ school_key("schools.school_number") }}
    )

select *
from final
