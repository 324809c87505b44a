{% set match_on = ["course_code", "sced_course", "sced_area", "title", "subject"] %}

with
    marks as (select * from {{ ref("int_marks_united") }}),

    sections as (select * from {{ ref("int_course_sections_described") }}),

    courses as (
        select
            course_code,
            min(course_title) as course_title,
            min(subject_names) as subject_names,
            min(subject_codes) as subject_codes
        from sections
        where course_code is not null
        group by course_code
    ),

    meanings as (select * from {{ ref("course_subjects") }}),

    placed as (
        select
            marks.*,
            coalesce(marks.school_number, sections.school_number) as given_at_school_number,
            coalesce(marks.course_code, sections.course_code) as given_in_course_code,
            coalesce(marks.course_title, sections.course_title, courses.course_title) as given_course_title,
            coalesce(
                marks.subject_names, sections.subject_names, courses.subject_names
            ) as given_subject_names,
            coalesce(
                marks.subject_codes, sections.subject_codes, courses.subject_codes
            ) as given_subject_codes
        from marks
        left join
            sections
            on marks.section_id = sections.section_id
            and (
                marks.school_number = sections.school_number
                or marks.school_number is null
                and sections.is_at_one_school
            )
        left join courses on coalesce(marks.course_code, sections.course_code) = courses.course_code
    ),

    -- What the crosswalk may go by.
    worded as (
        select
            *,
            {{ normalise_code("given_in_course_code") }} as by_course_code,
            left(trim(given_subject_codes), 5) as by_sced_course,
            left(trim(given_subject_codes), 2) as by_sced_area,
            {{ normalise_code("given_course_title") }} as by_title,
            {{ normalise_code("split_part(given_subject_names, ',', 1)") }} as by_subject
        from placed
    ),

    final as (
        select
            worded.source_system,
            worded.mark_id,
            worded.person_namespace,
            worded.person_id,
            worded.given_at_school_number as school_number,
            worded.section_id,
            worded.given_in_course_code as course_code,
            worded.given_course_title as course_title,
            coalesce(
                {% for kind in match_on %}of_{{ kind }}.core_subject, {% endfor %} 'unknown'
            ) as core_subject,
            coalesce(
                {% for kind in match_on %}of_{{ kind }}.shows_algebra1, {% endfor %} false
            ) as shows_algebra1,
            worded.term,
            worded.school_year,
            worded.letter_mark,
            worded.numeric_mark,
            worded.is_final,
            worded.credits_attempted,
            worded.credits_earned,
            worded.source_file,
            worded.source_row,
            worded.delivered_on
        from worded
        {% for kind in match_on %}
            left join
                meanings as of_{{ kind }}
                on of_{{ kind }}.match_on = '{{ kind }}'
                and worded.by_{{ kind }} = of_{{ kind }}.match_value
        {% endfor %}
    )

select *
from final
