with
    results as (
        select *
        from {{ ref("fct_assessment_result") }}
        where instrument = '{{ var("state_instrument") }}' and is_matched_to_roster and is_valid
    ),

    scales as (select * from {{ ref("assessment_scales") }} where is_vertical),

    selected as (
        select *
        from results
        -- One result speaks for a student, subject and year: the latest.
        qualify
            row_number() over (
                partition by student_key, subject, school_year
                order by tested_on desc nulls last, assessment_result_key
            )
            = 1
    ),

    final as (
        select
            selected.*,
            -- Only on one scale for all grades is a difference of two years a gain.
            case
                when scales.subject is not null then selected.scale_score - earlier.scale_score
            end as score_gain
        from selected
        left join scales on selected.instrument = scales.instrument and selected.subject = scales.subject
        left join
            selected as earlier
            on selected.student_key = earlier.student_key
            and selected.subject = earlier.subject
            and selected.school_year - 1 = earlier.school_year
    )

select *
from final
