with
    marks as (select * from {{ ref("int_marks_described") }}),

    identities as (select * from {{ ref("int_student_identities") }}),

    letters as (select * from {{ ref("letter_marks") }}),

    terms as (select * from {{ ref("course_terms") }}),

    found as (
        select
            marks.*,
            {{ resolved_student_key("marks", "identities") }} as student_key,
            -- Without section and course, nothing says that two marks are of one course.
            coalesce(marks.section_id, marks.course_code, marks.mark_id) as section_or_course
        from marks
        left join
            identities
            on marks.person_namespace = identities.person_namespace
            and marks.person_id = identities.person_id
    ),

    selected as (
        select *
        from found
        -- The final mark speaks for a term; among several, the one delivered last.
        qualify
            row_number() over (
                partition by student_key, school_number, school_year, section_or_course, term
                order by
                    case when is_final then 0 else 1 end,
                    delivered_on desc nulls last,
                    source_system,
                    source_file,
                    source_row desc
            )
            = 1
    ),

    final as (
        select
            {{
                row_key(
                    "course_mark",
                    ["student_key", "school_number", "school_year", "section_or_course", "selected.term"],
                )
            }} as course_mark_key,
            selected.student_key,
            {{ school_key("selected.school_number") }} as school_key,
            selected.school_year,
            selected.section_id,
            selected.course_code,
            selected.course_title,
            selected.core_subject,
            selected.shows_algebra1,
            selected.term,
            -- A term that nobody has named counts as a semester, and says nothing about how far the year is.
            coalesce(terms.twelfths_long, 6) as term_twelfths_long,
            terms.twelfths_done as term_twelfths_done,
            coalesce(terms.is_summer, false) as is_summer_term,
            coalesce(selected.is_final, false) as is_final,
            selected.numeric_mark,
            selected.letter_mark,
            letters.grade_points,
            letters.is_failing,
            -- Credits belong to the final mark; the marks on the way to it have none.
            case when selected.is_final then selected.credits_attempted end as credits_attempted,
            case when selected.is_final then selected.credits_earned end as credits_earned
        from selected
        left join letters on upper(trim(selected.letter_mark)) = letters.letter_mark
        left join terms on upper(trim(selected.term)) = terms.term
    )

select *
from final
