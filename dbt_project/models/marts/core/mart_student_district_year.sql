with
    student_years as (select * from {{ ref("int_student_years_assembled") }}),

    final as (select * from student_years where scope = 'district')

select *
from final
