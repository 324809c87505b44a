with
    results as (select * from {{ ref("int_assessment_results_united") }}),

    identities as (select * from {{ ref("int_student_identities") }}),

    final as (
        select
            results.result_id,
            results.row_id,
            results.source_file,
            results.source_row,
            {{ resolved_student_key("results", "identities") }} as student_key,
            coalesce(identities.is_in_roster, false) as is_matched_to_roster,
            results.school_number,
            {{ school_key("results.school_number") }} as school_key,
            results.school_year,
            results.instrument,
            results.window_name,
            results.subject,
            coalesce(results.tested_grade, 'unknown') as tested_grade,
            results.scale_score,
            results.performance_level,
            -- A source that sends no status means a valid test wherever it sends a score.
            coalesce(results.status_code, 'VALID') = 'VALID'
            and (results.scale_score is not null or results.performance_level is not null) as is_valid,
            results.tested_on
        from results
        left join
            identities
            on results.person_namespace = identities.person_namespace
            and results.person_id = identities.person_id
    )

select *
from final
