with
    spells as (select * from {{ ref("fct_enrollment_spell") }}),

    expected as (select * from {{ ref("int_attendance_days_expected") }}),

    every_day as (select * from {{ ref("int_attendance_days_recorded") }} where record_basis = 'every_day'),

    student_schools as (
        select student_key, school_key, school_year
        from spells
        union
        select student_key, school_key, school_year
        from every_day
    ),

    -- Only students of several schools can have a date twice; nobody else's days are sorted.
    students_of_several_schools as (
        select student_key, school_year
        from student_schools
        group by student_key, school_year
        having count(*) > 1
    ),

    days as (
        select expected.student_key, expected.school_key, expected.attendance_on, expected.entry_on
        from expected
        inner join students_of_several_schools using (student_key, school_year)
        union
        select every_day.student_key, every_day.school_key, every_day.attendance_on, spells.entry_on
        from every_day
        inner join students_of_several_schools using (student_key, school_year)
        left join
            spells
            on every_day.student_key = spells.student_key
            and every_day.school_key = spells.school_key
            and every_day.attendance_on between spells.entry_on and spells.exit_on
    ),

    final as (
        select student_key, school_key, attendance_on
        from days
        qualify
            row_number() over (
                partition by student_key, attendance_on order by entry_on desc nulls last, school_key
            )
            > 1
    )

select *
from final
