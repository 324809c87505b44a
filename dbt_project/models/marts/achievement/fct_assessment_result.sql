with
    results as (select * from {{ ref("int_assessment_results_matched") }}),

    cuts as (select * from {{ ref("assessment_cuts") }}),

    scored as (
        select
            results.*,
            cuts.level3_cut,
            -- Results that nothing tells apart are still results of their own.
            row_number() over (
                partition by
                    results.student_key,
                    results.instrument,
                    results.school_year,
                    results.window_name,
                    results.subject,
                    results.tested_on,
                    results.result_id
                order by results.scale_score, results.source_file, results.source_row
            ) as occurrence,
            try_cast(results.performance_level as integer) as performance_level_number
        from results
        left join
            cuts
            on results.instrument = cuts.instrument
            and results.subject = cuts.subject
            and results.tested_grade = cuts.grade
    ),

    final as (
        select
            {{
                row_key(
                    "assessment_result",
                    [
                        "student_key",
                        "instrument",
                        "school_year",
                        "window_name",
                        "subject",
                        "tested_on",
                        "result_id",
                        "occurrence",
                    ],
                )
            }} as assessment_result_key,
            student_key,
            school_key,
            school_year,
            instrument,
            subject,
            tested_grade,
            scale_score,
            performance_level,
            is_valid,
            case
                when not is_valid
                then null
                when instrument = '{{ var("state_instrument") }}' and performance_level_number is not null
                then performance_level_number >= {{ var("proficient_performance_level") }}
                else scale_score >= level3_cut
            end as is_proficient,
            case when is_valid then scale_score - level3_cut end as distance_from_standard,
            tested_on,
            is_matched_to_roster
        from scored
    )

select *
from final
