with
    schools as (select * from {{ ref("stg_edfi__schools") }}),

    numbers as (select * from {{ ref("numbered_edfi__schools") }}),

    meanings as ({{ edfi_meanings("enrollments.grade_level") }}),

    grade_levels as (
        select grade_level, max(grade_rank) as grade_rank from {{ ref("grade_levels") }} group by grade_level
    ),

    listed_grades as (select edfi_school_id, {{ json_elements("grade_levels") }} as grade from schools),

    highest_grades as (
        select listed_grades.edfi_school_id, max(grade_levels.grade_rank) as highest_grade_rank
        from listed_grades
        inner join
            meanings
            on lower({{ json_text("listed_grades.grade", "gradeLevelDescriptor") }}) = meanings.descriptor
        inner join grade_levels on meanings.meaning = grade_levels.grade_level
        group by listed_grades.edfi_school_id
    ),

    final as (
        select
            numbers.school_number,
            schools.name_of_institution as school_name,
            highest_grades.highest_grade_rank,
            cast(null as varchar) as region,
            cast(null as varchar) as feeder,
            schools.modified_at,
            'edfi__schools' as source_table,
            schools.row_id,
            schools.source_file,
            schools.source_row,
            schools.delivered_on
        from schools
        inner join numbers using (edfi_school_id)
        left join highest_grades using (edfi_school_id)
    )

select *
from final
