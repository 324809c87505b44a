with
    results as (
        select *
        from {{ ref("fct_assessment_result") }}
        where instrument = '{{ var("state_instrument") }}' and is_matched_to_roster and is_valid
    ),

    final as (
        select *
        from results
        -- One result speaks for a student, subject and year: the latest.
        qualify
            row_number() over (
                partition by student_key, subject, school_year
                order by tested_on desc nulls last, assessment_result_key
            )
            = 1
    )

select *
from final
