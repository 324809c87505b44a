with
    final as (
        select *
        from {{ ref("mart_student_district_year") }}
        union all
        select *
        from {{ ref("mart_student_school_year") }}
    )

select *
from final
