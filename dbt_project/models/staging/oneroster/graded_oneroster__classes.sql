with
    classes as (select * from {{ ref("stg_oneroster__classes") }} where not is_deleted),

    grade_levels as (select * from {{ ref("grade_levels") }}),

    class_grade_codes as (
        select class_sourced_id, trim(unnest(string_split(grade_codes, ','))) as grade_code from classes
    ),

    class_grades as (
        select
            class_sourced_id,
            -- A class of several grades says nothing about the grade of one student.
            case when count(distinct grade_level) = 1 then min(grade_level) end as grade_level,
            max(grade_rank) as highest_grade_rank
        from class_grade_codes
        inner join grade_levels using (grade_code)
        group by class_sourced_id
    ),

    final as (
        select
            classes.class_sourced_id,
            classes.org_sourced_id,
            coalesce(classes.class_type = 'homeroom', false) as is_homeroom,
            class_grades.grade_level,
            class_grades.highest_grade_rank
        from classes
        left join class_grades using (class_sourced_id)
    )

select *
from final
