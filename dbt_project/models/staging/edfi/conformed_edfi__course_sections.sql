with
    sections as (select * from {{ ref("stg_edfi__sections") }}),

    schools as (select * from {{ ref("numbered_edfi__schools") }}),

    final as (
        select
            sections.section_identifier as section_id,
            schools.school_number,
            sections.local_course_code as course_code,
            sections.section_name as course_title,
            -- Titles and subjects of courses are not landed; the section's name and the course code speak.
            cast(null as varchar) as subject_names,
            cast(null as varchar) as subject_codes,
            'edfi__sections' as source_table,
            sections.row_id,
            sections.source_file,
            sections.source_row,
            sections.delivered_on
        from sections
        left join schools using (edfi_school_id)
    )

select *
from final
