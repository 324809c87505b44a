with
    student_years as (select * from {{ ref("int_student_years_observed") }}),

    lenses as (select * from {{ ref("dim_student_year") }}),

    schools as (select * from {{ ref("dim_school") }}),

    feeds as (select * from {{ ref("int_feeds_delivered") }}),

    enrollments as (select * from {{ ref("int_enrollments_measured") }}),

    grade_ranks as (select distinct grade_level, grade_rank from {{ ref("grade_levels") }}),

    final as (
        select
            student_years.student_year_key,
            student_years.scope,
            student_years.student_key,
            student_years.school_key,
            student_years.school_year,
            {{ school_year_start("student_years.school_year") }} as school_year_start_on,
            case
                when student_years.scope = 'district' then 'district' else schools.school_number
            end as school,
            case
                when student_years.scope = 'district' then lenses.school_level else schools.school_level
            end as school_level,
            coalesce(enrollments.grade_level, 'unknown') as grade_level,
            grade_ranks.grade_rank,
            lenses.race_ethnicity,
            lenses.gender,
            lenses.english_learner,
            lenses.disability,
            lenses.economic_disadvantage,
            lenses.homeless,
            -- region and feeder are the school's, mobility is that of the scope, and the rest is the
            -- student's
            {% for lens in ["region", "feeder"] %}
                case
                    when student_years.scope = 'district' then lenses.{{ lens }} else schools.{{ lens }}
                end as {{ lens }},
            {% endfor %}
            coalesce(enrollments.mobility_status, 'unknown') as mobility_status,
            lenses.race_spd15,
            lenses.el_status,
            lenses.disability_status,
            lenses.disability_category,
            lenses.economic_basis,
            lenses.foster_care,
            lenses.migrant,
            lenses.military_family,
            lenses.gifted,
            lenses.prior_performance_ela,
            lenses.prior_performance_math,
            lenses.prior_attendance_band,
            lenses.discipline_history,
            lenses.program,
            lenses.program_dosage,
            -- Where a roster exists, a student outside it is counted as unknown and changes no rate.
            lenses.is_in_roster or not feeds.has_enrollment as is_placed
        from student_years
        inner join lenses using (student_key, school_year)
        inner join feeds using (school_year)
        left join schools on student_years.school_key = schools.school_key
        left join enrollments using (student_year_key)
        left join grade_ranks on enrollments.grade_level = grade_ranks.grade_level
    )

select *
from final
