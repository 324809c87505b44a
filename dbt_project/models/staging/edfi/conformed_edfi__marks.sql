with
    grades as (select * from {{ ref("stg_edfi__grades") }}),

    transcripts as (select * from {{ ref("stg_edfi__course_transcripts") }}),

    schools as (select * from {{ ref("numbered_edfi__schools") }}),

    term_meanings as ({{ edfi_meanings("marks.term") }}),

    grade_types as ({{ edfi_meanings("marks.is_final") }}),

    termed as (
        select
            grades.*,
            coalesce(term_meanings.meaning, grades.grading_period_name) as term,
            grade_types.meaning = 'true' as is_final
        from grades
        left join term_meanings on lower(grades.grading_period_descriptor) = term_meanings.descriptor
        left join grade_types on lower(grades.grade_type_descriptor) = grade_types.descriptor
    ),

    credits as (
        select
            transcripts.student_unique_id,
            transcripts.education_organization_id as edfi_school_id,
            transcripts.school_year,
            transcripts.course_code,
            term_meanings.meaning as term,
            max(transcripts.attempted_credits) as attempted_credits,
            max(transcripts.earned_credits) as earned_credits
        from transcripts
        inner join term_meanings on lower(transcripts.term_descriptor) = term_meanings.descriptor
        group by all
    ),

    final as (
        select
            termed.resource_id as mark_id,
            'edfi' as person_namespace,
            termed.student_unique_id as person_id,
            schools.school_number,
            termed.section_identifier as section_id,
            termed.local_course_code as course_code,
            -- The section says what the course is.
            cast(null as varchar) as course_title,
            cast(null as varchar) as subject_names,
            cast(null as varchar) as subject_codes,
            termed.term,
            termed.school_year,
            upper(termed.letter_grade_earned) as letter_mark,
            cast(termed.numeric_grade_earned as decimal(9, 4)) as numeric_mark,
            termed.is_final,
            cast(credits.attempted_credits as decimal(9, 4)) as credits_attempted,
            cast(credits.earned_credits as decimal(9, 4)) as credits_earned,
            'edfi__grades' as source_table,
            termed.row_id,
            termed.source_file,
            termed.source_row,
            termed.delivered_on
        from termed
        left join schools using (edfi_school_id)
        -- Credits belong to the final mark of a term; the marks on the way to it have none.
        left join
            credits
            on termed.is_final
            and termed.student_unique_id = credits.student_unique_id
            and termed.edfi_school_id = credits.edfi_school_id
            and termed.school_year = credits.school_year
            and termed.local_course_code = credits.course_code
            and termed.term = credits.term
    )

select *
from final
