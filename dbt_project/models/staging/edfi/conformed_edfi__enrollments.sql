with
    stays as (select * from {{ ref("stg_edfi__student_school_associations") }}),

    schools as (select * from {{ ref("numbered_edfi__schools") }}),

    grade_meanings as ({{ edfi_meanings("enrollments.grade_level") }}),

    exit_meanings as ({{ edfi_meanings("enrollments.is_membership") }}),

    final as (
        select
            stays.resource_id as enrollment_id,
            'edfi' as person_namespace,
            stays.student_unique_id as person_id,
            schools.school_number,
            coalesce(stays.school_year, {{ school_year_of_date("stays.entry_on") }}) as school_year,
            stays.entry_on,
            stays.exit_on,
            grade_meanings.meaning as grade_level,
            'edfi__student_school_associations' as source_table,
            stays.row_id,
            stays.source_file,
            stays.source_row,
            stays.delivered_on
        from stays
        inner join schools using (edfi_school_id)
        left join grade_meanings on lower(stays.entry_grade_level_descriptor) = grade_meanings.descriptor
        left join exit_meanings on lower(stays.exit_withdraw_type_descriptor) = exit_meanings.descriptor
        where
            stays.entry_on is not null
            -- Who never came, or was entered by mistake, was no member.
            and coalesce(exit_meanings.meaning, 'true') <> 'false'
    )

select *
from final
