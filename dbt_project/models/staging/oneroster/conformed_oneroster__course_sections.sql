with
    classes as (select * from {{ ref("stg_oneroster__classes") }} where not is_deleted),

    courses as (select * from {{ ref("stg_oneroster__courses") }} where not is_deleted),

    orgs as (select * from {{ ref("stg_oneroster__orgs") }} where not is_deleted),

    final as (
        select
            classes.class_sourced_id as section_id,
            orgs.school_number,
            courses.course_code,
            coalesce(courses.course_title, classes.class_title) as course_title,
            coalesce(courses.subjects, classes.subjects) as subject_names,
            courses.subject_codes,
            'oneroster__classes' as source_table,
            classes.row_id,
            classes.source_file,
            classes.source_row,
            classes.delivered_on
        from classes
        left join courses using (course_sourced_id)
        left join orgs on classes.org_sourced_id = orgs.org_sourced_id
        where coalesce(classes.class_type, '') <> 'homeroom'
    )

select *
from final
