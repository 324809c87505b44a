with
    rostered as (select * from {{ ref("int_students_rostered") }}),

    mentioned as (
        select student_key, min(student_number) as student_number, min(state_student_id) as state_student_id
        from {{ ref("int_students_mentioned") }}
        where student_key is not null
        group by student_key
    ),

    demographics as (select * from {{ ref("int_demographics_conformed") }}),

    attributes as (select * from {{ ref("int_student_attributes_conformed") }}),

    students as (
        select student_key, student_number, state_student_id, true as is_in_roster
        from rostered
        union all
        select student_key, student_number, state_student_id, false
        from mentioned
        where student_key not in (select student_key from rostered)
    ),

    final as (
        select
            students.student_key,
            students.student_number,
            students.state_student_id,
            demographics.birth_on,
            coalesce(demographics.gender, 'unknown') as gender,
            coalesce(
                nullif(demographics.race_ethnicity, 'unknown'), attributes.race_ethnicity, 'unknown'
            ) as race_ethnicity,
            coalesce(
                demographics.race_spd15,
                -- One category of the seven is one of these groups, unless it stands for several.
                '|' || nullif(nullif(attributes.race_ethnicity, 'two_or_more'), 'unknown') || '|',
                '|unknown|'
            ) as race_spd15,
            coalesce(demographics.is_hispanic, attributes.race_ethnicity = 'hispanic') as is_hispanic,
            students.is_in_roster
        from students
        left join demographics using (student_key)
        left join attributes using (student_key)
    )

select *
from final
