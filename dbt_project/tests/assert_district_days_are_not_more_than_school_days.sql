-- A student's days in the district are at most the sum over schools, and at least those of the school with
-- most days.
with
    school_years as (
        select
            student_key,
            school_year,
            sum(membership_days) as days_at_all_schools,
            max(membership_days) as days_at_one_school
        from {{ ref("fct_attendance_student_school_year") }}
        group by student_key, school_year
    )

select district_years.*
from {{ ref("fct_attendance_student_district_year") }} as district_years
inner join school_years using (student_key, school_year)
where
    district_years.membership_days > school_years.days_at_all_schools
    or district_years.membership_days < school_years.days_at_one_school
    or (district_years.membership_days is null) <> (school_years.days_at_all_schools is null)
