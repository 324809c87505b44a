with
    student_years as (select * from {{ ref("int_student_years_described") }}),

    enrollments as (select * from {{ ref("int_enrollments_measured") }}),

    marks as (
        select *
        from {{ ref("fct_course_mark") }}
        where is_final and is_failing is not null and school_year is not null and student_key is not null
    ),

    college_courses as (select * from {{ ref("college_courses") }}),

    exams as (
        select student_key, school_year, max(scale_score) as best_score
        from {{ ref("fct_assessment_result") }}
        where instrument = '{{ var("ap_exams")["instrument"] }}' and is_valid and scale_score is not null
        group by student_key, school_year
    ),

    exam_years as (select distinct school_year from exams),

    records as (select * from {{ ref("int_cohort_records_determined") }}),

    graduates as (select * from {{ ref("int_graduates_measured") }}),

    taken as (
        select
            marks.student_key,
            marks.school_year,
            marks.grade_points,
            coalesce(of_code.program, of_title.program) as program
        from marks
        left join
            college_courses as of_code
            on of_code.match_on = 'course_code'
            and {{ normalise_code("marks.course_code") }} = of_code.match_value
        left join
            college_courses as of_title
            on of_title.match_on = 'title'
            and {{ normalise_code("marks.course_title") }} = of_title.match_value
    ),

    courses as (
        select
            student_key,
            school_year,
            coalesce(bool_or(program = 'ap'), false) as has_ap,
            coalesce(bool_or(program = 'dual_enrollment'), false) as has_dual_enrollment,
            coalesce(
                bool_or(
                    program = 'dual_enrollment'
                    and grade_points >= {{ var("dual_enrollment")["minimum_grade_points"] }}
                ),
                false
            ) as has_dual_enrollment_success
        from taken
        group by student_key, school_year
    ),

    -- Courses at the level of college are known in a year in which the district has named one.
    course_years as (
        select
            school_year,
            bool_or(has_ap) as has_ap_courses,
            bool_or(has_dual_enrollment) as has_dual_enrollment_courses
        from courses
        group by school_year
    ),

    next_census as (
        select student_key, school_year - 1 as school_year
        from enrollments
        where scope = 'district' and is_enrolled_on_census = 1
    ),

    -- Who dropped out shows on the next census day, and only where the list tells how others have left.
    dropout_years as (
        select distinct census.school_year
        from next_census as census
        inner join
            records
            on records.exited_on
            >= {{ date_in_school_year("census.school_year", var("census_month"), var("census_day")) }}
            and records.exited_on
            < {{ date_in_school_year("(census.school_year + 1)", var("census_month"), var("census_day")) }}
            and records.exit_type is not null
    ),

    joined as (
        select
            student_years.student_year_key,
            enrollments.student_year_key is not null
            and coalesce(
                student_years.grade_rank
                between {{ var("high_school_grades")["lowest_grade_rank"] }}
                and {{ var("high_school_grades")["highest_grade_rank"] }},
                false
            ) as is_in_high_school,
            coalesce(enrollments.is_enrolled_on_census, 0) = 1 as is_enrolled_on_census,
            courses.student_key is not null as has_marks,
            coalesce(courses.has_ap, false) as has_ap,
            coalesce(courses.has_dual_enrollment, false) as has_dual_enrollment,
            coalesce(courses.has_dual_enrollment_success, false) as has_dual_enrollment_success,
            coalesce(course_years.has_ap_courses, false) as has_ap_courses,
            coalesce(course_years.has_dual_enrollment_courses, false) as has_dual_enrollment_courses,
            exam_years.school_year is not null as has_exam_results,
            enrollments.student_year_key is not null and exams.student_key is not null as is_ap_tested,
            exams.best_score,
            dropout_years.school_year is not null as can_tell_dropouts,
            next_census.student_key is not null as is_back,
            -- An exit on or after the next census day explains nothing of it.
            case
                when
                    records.exited_on
                    < {{
                        date_in_school_year(
                            "(student_years.school_year + 1)", var("census_month"), var("census_day")
                        )
                    }}
                then records.exit_type
            end as exit_type,
            records.exit_type is not null and records.exited_on is null as is_exit_undated,
            graduates.student_key is not null as is_graduate,
            coalesce(graduates.is_first_fall_searched, false) as is_first_fall_searched,
            coalesce(graduates.is_second_fall_searched, false) as is_second_fall_searched,
            coalesce(graduates.is_in_first_fall, false) as is_in_first_fall,
            coalesce(graduates.is_in_first_year, false) as is_in_first_year,
            coalesce(graduates.is_in_second_fall, false) as is_in_second_fall
        from student_years
        left join enrollments on student_years.student_year_key = enrollments.student_year_key
        left join
            courses
            on student_years.student_key = courses.student_key
            and student_years.school_year = courses.school_year
        left join course_years on student_years.school_year = course_years.school_year
        left join
            exams
            on student_years.student_key = exams.student_key
            and student_years.school_year = exams.school_year
        left join exam_years on student_years.school_year = exam_years.school_year
        left join dropout_years on student_years.school_year = dropout_years.school_year
        left join
            next_census
            on student_years.student_key = next_census.student_key
            and student_years.school_year = next_census.school_year
        left join records on student_years.student_key = records.student_key
        left join
            graduates
            on student_years.student_key = graduates.student_key
            and student_years.school_year = graduates.class_year
            and (student_years.scope = 'district' or student_years.school_key = graduates.school_key)
    ),

    judged as (
        select
            *,
            is_in_high_school and is_enrolled_on_census as is_dropout_judged,
            not is_back
            and (
                coalesce(exit_type = 'unknown', false) or coalesce(is_exit_undated, false)
            ) as is_exit_unreadable,
            coalesce(
                exit_type in ({{ quoted_list(var("dropout")["explaining_exit_types"]) }}), false
            ) as is_explained
        from joined
    ),

    final as (
        select
            student_year_key,
            cast(
                is_in_high_school and has_marks and has_ap_courses as bigint
            ) as is_ap_participation_eligible,
            cast(is_in_high_school and has_marks and has_ap as bigint) as has_ap_course,
            cast(
                is_in_high_school and not (has_marks and has_ap_courses) as bigint
            ) as is_ap_participation_unknown,
            cast(is_ap_tested as bigint) as is_ap_tested,
            cast(
                is_ap_tested and best_score >= {{ var("ap_exams")["minimum_score"] }} as bigint
            ) as has_ap_success,
            cast(is_in_high_school and not has_exam_results as bigint) as is_ap_success_unknown,
            cast(
                is_in_high_school and has_marks and has_dual_enrollment_courses as bigint
            ) as is_dual_enrollment_eligible,
            cast(is_in_high_school and has_marks and has_dual_enrollment as bigint) as is_dual_enrolled,
            cast(
                is_in_high_school and has_marks and has_dual_enrollment_success as bigint
            ) as has_dual_enrollment_success,
            cast(
                is_in_high_school and not (has_marks and has_dual_enrollment_courses) as bigint
            ) as is_dual_enrollment_unknown,
            cast(
                is_dropout_judged and can_tell_dropouts and not is_exit_unreadable as bigint
            ) as is_dropout_eligible,
            cast(
                is_dropout_judged
                and can_tell_dropouts
                and not is_exit_unreadable
                and not is_back
                and not is_explained as bigint
            ) as is_dropout,
            cast(
                is_dropout_judged and (not can_tell_dropouts or is_exit_unreadable) as bigint
            ) as is_dropout_unknown,
            cast(is_graduate and is_first_fall_searched as bigint) as is_first_fall_known,
            cast(
                is_graduate and is_first_fall_searched and is_in_first_fall as bigint
            ) as is_in_college_first_fall,
            cast(is_graduate and not is_first_fall_searched as bigint) as is_first_fall_unknown,
            cast(
                is_graduate and is_second_fall_searched and is_in_first_year as bigint
            ) as is_second_fall_known,
            cast(
                is_graduate and is_second_fall_searched and is_in_first_year and is_in_second_fall as bigint
            ) as is_in_college_second_fall,
            cast(is_graduate and not is_second_fall_searched as bigint) as is_second_fall_unknown
        from judged
    )

select *
from final
