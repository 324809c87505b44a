-- At district scope a student has one row per school year, whatever the number of schools.
select student_key, school_year
from {{ ref("mart_student_district_year") }}
group by student_key, school_year
having count(*) > 1
