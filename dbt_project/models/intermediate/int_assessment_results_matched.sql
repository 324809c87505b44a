with
    results as (
        select
            *,
            case when student_id_type = 'state' then delivered_student_id end as state_student_id,
            case when student_id_type = 'local' then delivered_student_id end as student_number
        from {{ ref("stg_assessment_files__results") }}
    ),

    rostered as (select * from {{ ref("int_students_rostered") }}),

    found_by_state_id as (select state_student_id, student_key from rostered where is_found_by_state_id),

    found_by_number as (select student_number, student_key from rostered),

    grade_levels as (select * from {{ ref("grade_levels") }}),

    final as (
        select
            results.result_id,
            results.row_id,
            coalesce(
                found_by_state_id.student_key,
                {{ state_student_key("results.state_student_id") }},
                {{ student_key("results.delivered_student_id") }}
            ) as student_key,
            coalesce(found_by_state_id.student_key, found_by_number.student_key)
            is not null as is_matched_to_roster,
            results.student_number,
            results.state_student_id,
            results.school_number,
            {{ school_key("results.school_number") }} as school_key,
            coalesce(
                results.delivered_school_year, {{ school_year_of_date("results.tested_on") }}
            ) as school_year,
            results.instrument,
            results.subject,
            coalesce(grade_levels.grade_level, 'unknown') as tested_grade,
            results.scale_score,
            results.performance_level,
            -- A source that sends no status means a valid test wherever it sends a score.
            coalesce(results.status_code, 'VALID') = 'VALID'
            and (results.scale_score is not null or results.performance_level is not null) as is_valid,
            results.tested_on
        from results
        left join found_by_state_id using (state_student_id)
        left join found_by_number using (student_number)
        left join grade_levels on results.tested_grade_code = grade_levels.grade_code
    )

select *
from final
