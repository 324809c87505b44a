with
    results as (select * from {{ ref("int_assessment_results_selected") }}),

    scoped as (
        select
            'school' as scope,
            student_key,
            school_key,
            school_year,
            subject,
            tested_grade,
            scale_score,
            score_gain,
            is_proficient,
            distance_from_standard
        from results
        where school_key is not null
        union all
        select
            'district',
            student_key,
            null,
            school_year,
            subject,
            tested_grade,
            scale_score,
            score_gain,
            is_proficient,
            distance_from_standard
        from results
    ),

    measured as (
        select
            scope,
            student_key,
            school_key,
            school_year,
            {% for subject in var("state_subjects") %}
                {% set name = subject | lower %}
                count(*) filter (
                    where subject = '{{ subject }}' and is_proficient is not null
                ) as {{ name }}_scored,
                count(*) filter (where subject = '{{ subject }}' and is_proficient) as {{ name }}_proficient,
                count(distance_from_standard) filter (
                    where subject = '{{ subject }}'
                ) as {{ name }}_distance_scored,
                sum(distance_from_standard) filter (
                    where subject = '{{ subject }}'
                ) as {{ name }}_distance_points,
                count(scale_score) filter (where subject = '{{ subject }}') as {{ name }}_scale_scored,
                sum(scale_score) filter (where subject = '{{ subject }}') as {{ name }}_scale_points,
                count(score_gain) filter (where subject = '{{ subject }}') as {{ name }}_gain_scored,
                sum(score_gain) filter (where subject = '{{ subject }}') as {{ name }}_gain_points,
            {% endfor %}
            {% set reading = var("grade3_reading") %}
            count(is_proficient) filter (
                where subject = '{{ reading["subject"] }}' and tested_grade = '{{ reading["tested_grade"] }}'
            ) as grade3_reading_scored,
            count(*) filter (
                where
                    is_proficient
                    and subject = '{{ reading["subject"] }}'
                    and tested_grade = '{{ reading["tested_grade"] }}'
            ) as grade3_reading_proficient
        from scoped
        group by scope, student_key, school_key, school_year
    ),

    final as (select {{ student_year_key() }} as student_year_key, * from measured)

select *
from final
