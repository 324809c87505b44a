with
    school_facts as (
        select student_key, school_key, school_year
        from {{ ref("fct_enrollment_spell") }}
        union
        select student_key, school_key, school_year
        from {{ ref("fct_attendance_student_school_year") }}
        union
        select student_key, school_key, school_year
        from {{ ref("fct_assessment_result") }}
        where is_valid and is_matched_to_roster
        union
        select student_key, school_key, school_year
        from {{ ref("fct_student_growth") }}
        where growth_percentile is not null and is_matched_to_roster
    ),

    scoped as (
        select 'district' as scope, student_key, cast(null as varchar) as school_key, school_year
        from school_facts
        union
        select 'school', student_key, school_key, school_year
        from school_facts
        where school_key is not null
    ),

    final as (
        select {{ student_year_key() }} as student_year_key, scope, student_key, school_key, school_year
        from scoped
        where school_year is not null
    )

select *
from final
