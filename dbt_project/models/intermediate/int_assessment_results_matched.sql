with
    results as (select * from {{ ref("stg_assessment_files__results") }}),

    rostered as (select * from {{ ref("int_students_rostered") }}),

    grade_levels as (select * from {{ ref("grade_levels") }}),

    final as (
        select
            results.result_id,
            results.row_id,
            case
                when results.student_id_type = 'state'
                then
                    coalesce(by_state_id.student_key, {{ state_student_key("results.delivered_student_id") }})
                else {{ student_key("results.delivered_student_id") }}
            end as student_key,
            coalesce(by_state_id.student_key, by_number.student_key) is not null as is_matched_to_roster,
            results.delivered_student_id,
            results.student_id_type,
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
        left join
            rostered as by_state_id
            on results.student_id_type = 'state'
            and results.delivered_student_id = by_state_id.state_student_id
            and by_state_id.is_found_by_state_id
        left join
            rostered as by_number
            on results.student_id_type = 'local'
            and results.delivered_student_id = by_number.student_number
        left join grade_levels on results.tested_grade_code = grade_levels.grade_code
    )

select *
from final
