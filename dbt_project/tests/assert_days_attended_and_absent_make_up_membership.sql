-- Days attended and days absent add up to membership days, and an unknown year has none of the three.
select *
from {{ ref("mart_student_year_by_scope") }}
where
    attended_days + absent_days <> membership_days
    or is_attendance_known + is_attendance_unknown <> 1
    or (is_attendance_known = 1) <> (membership_days is not null)
    or (is_attendance_known = 1) <> (absent_days is not null)
    or membership_days = 0
