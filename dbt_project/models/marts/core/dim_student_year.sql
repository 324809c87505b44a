with
    student_years as (select * from {{ ref("int_student_years_observed") }} where scope = 'district'),

    students as (select * from {{ ref("dim_student") }}),

    schools as (select * from {{ ref("dim_school") }}),

    enrollments as (select * from {{ ref("int_enrollments_measured") }}),

    feeds as (select * from {{ ref("int_feeds_delivered") }}),

    attributes as (select * from {{ ref("int_student_attributes_conformed") }}),

    statuses as (
        select
            student_key,
            school_year,
            max(membership) filter (where lens = 'english_learner') as english_learner,
            max(membership) filter (where lens = 'disability') as disability,
            max(membership) filter (where lens = 'economic_disadvantage') as economic_disadvantage,
            max(membership) filter (where lens = 'homeless') as homeless
        from {{ ref("int_student_statuses_yearly") }}
        group by student_key, school_year
    ),

    final as (
        select
            student_years.student_key,
            student_years.school_year,
            students.is_in_roster,
            coalesce(enrollments.grade_level, 'unknown') as grade_level,
            coalesce(schools.school_level, 'unknown') as school_level,
            students.race_ethnicity,
            students.gender,
            {{
                lens_membership(
                    "statuses.english_learner", "feeds.has_english_learner", "attributes.is_english_learner"
                )
            }} as english_learner,
            {{ lens_membership("statuses.disability", "feeds.has_disability", "attributes.has_disability") }}
            as disability,
            {{
                lens_membership(
                    "statuses.economic_disadvantage",
                    "feeds.has_economic_disadvantage",
                    "attributes.is_economically_disadvantaged",
                )
            }} as economic_disadvantage,
            {{ lens_membership("statuses.homeless", "feeds.has_homeless", "cast(null as boolean)") }}
            as homeless
        from student_years
        inner join students using (student_key)
        inner join feeds using (school_year)
        left join enrollments using (student_year_key)
        left join schools on enrollments.latest_school_key = schools.school_key
        left join statuses using (student_key, school_year)
        left join attributes using (student_key)
    )

select *
from final
