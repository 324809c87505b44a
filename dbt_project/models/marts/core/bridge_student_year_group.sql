{#- The lenses of which a student may be in several groups at once. -#}
{% set overlapping = ["race_spd15", "program", "program_dosage"] %}

with
    student_years as (select * from {{ ref("dim_student_year") }}),

    final as (
        {% for lens in overlapping %}
            select student_key, school_year, '{{ lens }}' as lens, {{ separated_groups(lens) }} as member
            from student_years {{ "union all" if not loop.last }}
        {% endfor %}
    )

select *
from final
