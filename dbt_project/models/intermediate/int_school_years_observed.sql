with
    final as (
        select school_year
        from {{ ref("fct_enrollment_spell") }}
        union
        select school_year
        from {{ ref("int_attendance_records_valued") }}
        union
        select school_year
        from {{ ref("fct_assessment_result") }}
        union
        select school_year
        from {{ ref("fct_student_growth") }}
        union
        select school_year
        from {{ ref("fct_discipline_event") }}
    )

select *
from final
where school_year is not null
