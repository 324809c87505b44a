with
    results as (select * from {{ ref("stg_assessment_files__results") }}),

    grade_levels as (select * from {{ ref("grade_levels") }}),

    final as (
        select
            results.result_id,
            -- A vendor's own numbers mean something within that vendor's test only.
            case
                when results.student_id_type = 'vendor'
                then 'assessment_files ' || lower(results.instrument)
                else results.student_id_type
            end as person_namespace,
            results.delivered_student_id as person_id,
            results.school_number,
            coalesce(
                results.delivered_school_year, {{ school_year_of_date("results.tested_on") }}
            ) as school_year,
            results.instrument,
            results.window_name,
            results.subject,
            grade_levels.grade_level as tested_grade,
            results.scale_score,
            results.performance_level,
            results.status_code,
            results.tested_on,
            'assessment_files__results' as source_table,
            results.row_id,
            results.source_file,
            results.source_row,
            results.delivered_on
        from results
        left join grade_levels on results.tested_grade_code = grade_levels.grade_code
    )

select *
from final
