with
    results as (select * from {{ ref("stg_edfi__student_assessments") }}),

    assessments as (select * from {{ ref("stg_edfi__assessments") }}),

    schools as (select * from {{ ref("numbered_edfi__schools") }}),

    subject_meanings as ({{ edfi_meanings("assessment_results.subject") }}),

    window_meanings as ({{ edfi_meanings("assessment_results.window_name") }}),

    grade_meanings as ({{ edfi_meanings("enrollments.grade_level") }}),

    score_methods as ({{ edfi_meanings("assessment_results.scale_score") }}),

    level_meanings as ({{ edfi_meanings("assessment_results.performance_level") }}),

    reason_meanings as ({{ edfi_meanings("assessment_results.status_code") }}),

    -- Data standard 5 lists subjects, 6 has one.
    listed_subjects as (
        select
            assessment_identifier,
            namespace,
            {{ json_text("subject", "academicSubjectDescriptor") }} as academic_subject_descriptor
        from
            (
                select assessment_identifier, namespace, {{ json_elements("academic_subjects") }} as subject
                from assessments
            ) as listed
        union all
        select assessment_identifier, namespace, academic_subject_descriptor
        from assessments
    ),

    subjects as (
        select
            listed_subjects.assessment_identifier,
            listed_subjects.namespace,
            min(subject_meanings.meaning) as subject
        from listed_subjects
        inner join
            subject_meanings
            on lower(listed_subjects.academic_subject_descriptor) = subject_meanings.descriptor
        group by listed_subjects.assessment_identifier, listed_subjects.namespace
        having count(distinct subject_meanings.meaning) = 1
    ),

    listed_scores as (select resource_id, {{ json_elements("score_results") }} as score from results),

    scores as (
        select
            listed_scores.resource_id,
            max(try_cast({{ json_text("listed_scores.score", "result") }} as decimal(9, 2))) as scale_score
        from listed_scores
        inner join
            score_methods
            on lower({{ json_text("listed_scores.score", "assessmentReportingMethodDescriptor") }})
            = score_methods.descriptor
        group by listed_scores.resource_id
    ),

    listed_levels as (select resource_id, {{ json_elements("performance_levels") }} as level from results),

    levels as (
        select listed_levels.resource_id, max(level_meanings.meaning) as performance_level
        from listed_levels
        inner join
            level_meanings
            on lower({{ json_text("listed_levels.level", "performanceLevelDescriptor") }})
            = level_meanings.descriptor
        group by listed_levels.resource_id
    ),

    final as (
        select
            results.student_assessment_identifier as result_id,
            'edfi' as person_namespace,
            results.student_unique_id as person_id,
            schools.school_number,
            coalesce(
                results.school_year, {{ school_year_of_date("results.administered_on") }}
            ) as school_year,
            upper(coalesce(assessments.assessment_family, results.assessment_identifier)) as instrument,
            window_meanings.meaning as window_name,
            subjects.subject,
            grade_meanings.meaning as tested_grade,
            scores.scale_score,
            levels.performance_level,
            coalesce(reason_meanings.meaning, 'VALID') as status_code,
            results.administered_on as tested_on,
            'edfi__student_assessments' as source_table,
            results.row_id,
            results.source_file,
            results.source_row,
            results.delivered_on
        from results
        left join assessments using (assessment_identifier, namespace)
        left join subjects using (assessment_identifier, namespace)
        left join schools on results.reported_school_id = schools.edfi_school_id
        left join scores on results.resource_id = scores.resource_id
        left join levels on results.resource_id = levels.resource_id
        left join window_meanings on lower(results.assessment_period_descriptor) = window_meanings.descriptor
        left join
            grade_meanings
            on lower(
                coalesce(
                    results.assessed_grade_level_descriptor, results.when_assessed_grade_level_descriptor
                )
            )
            = grade_meanings.descriptor
        left join reason_meanings on lower(results.reason_not_tested_descriptor) = reason_meanings.descriptor
    )

select *
from final
