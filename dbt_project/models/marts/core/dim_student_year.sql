{#- Lenses of dated statuses that nothing undated speaks of, one to one. -#}
{% set dated_only = ["homeless", "foster_care", "migrant", "military_family", "gifted"] %}
{% set dated = ["english_learner", "disability", "section_504", "economic_disadvantage"] + dated_only %}
{% set history = var("discipline_history") %}
{% set dosage = var("program_dosage") %}

with
    student_years as (select * from {{ ref("int_student_years_observed") }} where scope = 'district'),

    students as (select * from {{ ref("dim_student") }}),

    schools as (select * from {{ ref("dim_school") }}),

    enrollments as (select * from {{ ref("int_enrollments_measured") }} where scope = 'district'),

    feeds as (select * from {{ ref("int_feeds_delivered") }}),

    attributes as (select * from {{ ref("int_student_attributes_conformed") }}),

    statuses as (
        select
            student_key,
            school_year,
            {% for lens in dated %}
                max(membership) filter (where lens = '{{ lens }}') as {{ lens }},
            {% endfor %}
            max(status_group) filter (where lens = 'english_learner') as english_learner_group,
            max(group_began_on) filter (where lens = 'english_learner') as english_learner_group_began_on,
            max(status_group) filter (where lens = 'disability') as disability_group,
            max(status_group) filter (where lens = 'economic_disadvantage') as economic_group
        from {{ ref("int_student_statuses_yearly") }}
        group by student_key, school_year
    ),

    attendance as (
        select student_key, school_year, attendance_band
        from {{ ref("int_attendance_measured") }}
        where scope = 'district'
    ),

    incidents as (
        select student_key, school_year, incidents
        from {{ ref("int_discipline_measured") }}
        where scope = 'district'
    ),

    results as (
        select
            student_key,
            school_year,
            {% for subject in var("state_subjects") %}
                {% set name = subject | lower %}
                bool_or(subject = '{{ subject }}') as has_{{ name }},
                max(try_cast(performance_level as integer)) filter (
                    where subject = '{{ subject }}'
                ) as {{ name }}_level {{ "," if not loop.last }}
            {% endfor %}
        from {{ ref("int_assessment_results_selected") }}
        group by student_key, school_year
    ),

    participations as (
        select
            student_key,
            school_year,
            {{ group_name("program_code") }} as program,
            sum(sessions_attended) as sessions,
            bool_or(sessions_attended is null) as is_any_open
        from {{ ref("fct_program_participation") }}
        where student_key is not null
        group by student_key, school_year, program
    ),

    dosages as (
        select
            *,
            case
                -- Sessions that are known may be enough; if not, unknown ones could make them so.
                when sessions >= {{ dosage["high_sessions"] }}
                then 'high'
                when is_any_open
                then 'unknown'
                when sessions >= {{ dosage["medium_sessions"] }}
                then 'medium'
                else 'low'
            end as dosage
        from participations
    ),

    programs as (
        select
            student_key,
            school_year,
            {{ listed_groups("program") }} as program,
            {{ listed_groups("program || ':' || dosage") }} as program_dosage
        from dosages
        group by student_key, school_year
    ),

    joined as (
        select
            student_years.student_key,
            student_years.school_year,
            students.is_in_roster,
            coalesce(enrollments.grade_level, 'unknown') as grade_level,
            coalesce(schools.school_level, 'unknown') as school_level,
            coalesce(schools.region, 'unknown') as region,
            coalesce(schools.feeder, 'unknown') as feeder,
            students.race_ethnicity,
            students.race_spd15,
            students.gender,
            {{
                lens_membership(
                    "statuses.english_learner", "feeds.has_english_learner", "attributes.is_english_learner"
                )
            }} as english_learner,
            {{ lens_membership("statuses.disability", "feeds.has_disability", "attributes.has_disability") }}
            as disability,
            {{ lens_membership("statuses.section_504", "feeds.has_section_504", "cast(null as boolean)") }}
            as section_504,
            {{
                lens_membership(
                    "statuses.economic_disadvantage",
                    "feeds.has_economic_disadvantage",
                    "attributes.is_economically_disadvantaged",
                )
            }} as economic_disadvantage,
            {% for lens in dated_only %}
                {{ lens_membership("statuses." ~ lens, "feeds.has_" ~ lens, "cast(null as boolean)") }}
                as {{ lens }},
            {% endfor %}
            feeds.has_english_learner,
            statuses.english_learner_group,
            statuses.english_learner_group_began_on,
            statuses.disability_group,
            statuses.economic_group,
            coalesce(enrollments.mobility_status, 'unknown') as mobility_status,
            -- Where a roster exists, a student outside it is counted as unknown.
            students.is_in_roster or not feeds.has_enrollment as is_placed,
            feeds.has_programs,
            feeds.has_earlier_enrollment,
            feeds.has_earlier_discipline,
            attendance.attendance_band,
            programs.program,
            programs.program_dosage,
            -- the year before
            earlier_enrollments.student_key is not null as was_enrolled_before,
            earlier_attendance.attendance_band as earlier_attendance_band,
            coalesce(earlier_incidents.incidents, 0) as earlier_incidents
            {% for subject in var("state_subjects") %}
                {% set name = subject | lower %},
                feeds.has_earlier_{{ name }}_results,
                coalesce(earlier_results.has_{{ name }}, false) as has_earlier_{{ name }},
                earlier_results.{{ name }}_level as earlier_{{ name }}_level
            {% endfor %}
        from student_years
        inner join students on student_years.student_key = students.student_key
        inner join feeds on student_years.school_year = feeds.school_year
        left join enrollments on student_years.student_year_key = enrollments.student_year_key
        left join schools on enrollments.latest_school_key = schools.school_key
        left join attributes on student_years.student_key = attributes.student_key
        {% for name in ["statuses", "attendance", "programs"] %}
            left join
                {{ name }}
                on student_years.student_key = {{ name }}.student_key
                and student_years.school_year = {{ name }}.school_year
        {% endfor %}
        {% for name in ["enrollments", "attendance", "incidents", "results"] %}
            left join
                {{ name }} as earlier_{{ name }}
                on student_years.student_key = earlier_{{ name }}.student_key
                and student_years.school_year - 1 = earlier_{{ name }}.school_year
        {% endfor %}
    ),

    judged as (
        select
            *,
            -- Who was not here the year before has no history, as far as the roster can tell.
            is_in_roster and has_earlier_enrollment and not was_enrolled_before as is_newcomer
        from joined
    ),

    final as (
        select
            student_key,
            school_year,
            is_in_roster,
            grade_level,
            school_level,
            region,
            feeder,
            race_ethnicity,
            race_spd15,
            gender,
            english_learner,
            case
                when english_learner = 'yes'
                then 'current'
                when english_learner = 'unknown'
                then 'unknown'
                when
                    english_learner_group = 'former'
                    and school_year
                    - ({{ school_year_of_date("(english_learner_group_began_on - interval 1 day)") }})
                    <= {{ var("el_monitored_years") }}
                then 'former_monitored'
                when english_learner_group = 'former'
                then 'former_later'
                when english_learner_group = 'initially_fluent'
                then 'initially_fluent'
                -- An undated no cannot tell who has never been one from who was one earlier.
                when has_english_learner
                then 'never'
                else 'unknown'
            end as el_status,
            disability,
            case
                when disability = 'yes'
                then 'idea'
                when disability = 'no' and section_504 = 'yes'
                then 'section_504'
                when disability = 'no' and section_504 = 'no'
                then 'none'
                else 'unknown'
            end as disability_status,
            case
                disability
                when 'yes'
                then coalesce(disability_group, 'not_stated')
                when 'no'
                then 'none'
                else 'unknown'
            end as disability_category,
            economic_disadvantage,
            case
                economic_disadvantage
                when 'yes'
                then coalesce(economic_group, 'not_stated')
                when 'no'
                then 'not_disadvantaged'
                else 'unknown'
            end as economic_basis,
            {% for lens in dated_only %} {{ lens }}, {% endfor %}
            case
                when is_placed then coalesce(attendance_band, 'unknown') else 'unknown'
            end as attendance_band,
            mobility_status,
            {% for subject in var("state_subjects") %}
                {% set name = subject | lower %}
                case
                    when is_placed and earlier_{{ name }}_level between 1 and 4
                    then 'level_' || cast(earlier_{{ name }}_level as varchar)
                    when is_in_roster and has_earlier_{{ name }}_results and not has_earlier_{{ name }}
                    then 'no_prior'
                    else 'unknown'
                end as prior_performance_{{ name }},
            {% endfor %}
            case
                when is_placed and coalesce(earlier_attendance_band, 'unknown') <> 'unknown'
                then earlier_attendance_band
                when is_newcomer
                then 'not_enrolled'
                else 'unknown'
            end as prior_attendance_band,
            case
                when is_newcomer
                then 'not_enrolled'
                when not (is_placed and has_earlier_discipline and was_enrolled_before)
                then 'unknown'
                when earlier_incidents >= {{ history["many_incidents"] }}
                then 'many'
                when earlier_incidents >= {{ history["few_incidents"] }}
                then 'few'
                when earlier_incidents = 1
                then 'one'
                else 'none'
            end as discipline_history,
            case
                when program is not null
                then program
                when is_in_roster and has_programs
                then '|none|'
                else '|unknown|'
            end as program,
            case
                when program is not null
                then program_dosage
                when is_in_roster and has_programs
                then '|none|'
                else '|unknown|'
            end as program_dosage
        from judged
    )

select *
from final
