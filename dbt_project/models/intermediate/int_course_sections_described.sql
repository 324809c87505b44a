with
    sections as (
        select *
        from {{ ref("int_course_sections_united") }}
        where section_id is not null
        -- Several systems may know a section: the one that says its subject speaks.
        qualify
            row_number() over (
                partition by section_id, school_number
                order by
                    case when coalesce(subject_codes, subject_names) is null then 1 else 0 end,
                    delivered_on desc nulls last,
                    source_file,
                    source_row
            )
            = 1
    ),

    final as (
        select
            section_id,
            school_number,
            course_code,
            course_title,
            subject_names,
            subject_codes,
            count(*) over (partition by section_id) = 1 as is_at_one_school
        from sections
    )

select *
from final
