with
    marks as (select * from {{ ref("stg_sis_files__marks") }}),

    final as (
        select
            mark_id,
            'local' as person_namespace,
            student_number as person_id,
            school_number,
            section_id,
            course_code,
            course_title,
            subject_names,
            subject_codes,
            term,
            school_year,
            letter_mark,
            numeric_mark,
            is_final,
            credits_attempted,
            credits_earned,
            'sis_files__marks' as source_table,
            row_id,
            source_file,
            source_row,
            delivered_on
        from marks
    )

select *
from final
