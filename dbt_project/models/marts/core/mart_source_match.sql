{% set concepts = [
    "calendar_days",
    "attendance_records",
    "discipline_actions",
    "assessment_results",
    "program_participations",
    "survey_responses",
    "staff_assignments",
    "positions",
    "survey_invitations",
    "stocktakes",
    "practice_actions",
    "growth_percentiles",
] %}
{#- Rows of these may be of no school: a test's result or growth without its number, and what is the district's own. -#}
{% set concepts_of_no_school = [
    "assessment_results",
    "positions",
    "stocktakes",
    "practice_actions",
    "growth_percentiles",
] %}

with
    student_mentions as (select * from {{ ref("int_students_mentioned") }}),

    rostered as (select * from {{ ref("int_students_rostered") }}),

    thresholds as (select * from {{ ref("identity_thresholds") }}),

    roster as (
        select 'student' as match_to, count(*) > 0 as is_delivered
        from rostered
        union all
        select 'school', coalesce(bool_or(is_in_roster), false)
        from {{ ref("dim_school") }}
        union all
        select 'staff', count(*) > 0
        from {{ ref("int_staff_rostered") }}
    ),

    mentioning_tables as (
        select student_key, count(distinct source_table) as tables_mentioning
        from student_mentions
        group by student_key
    ),

    matched_mentions as (
        select
            student_mentions.source_table,
            'student' as match_to,
            student_mentions.person_namespace || ' ' || student_mentions.person_id as match_key,
            student_mentions.rows_total,
            -- Without a roster, a student whom another table names too is matched.
            case
                when roster.is_delivered
                then rostered.student_key is not null
                else coalesce(mentioning_tables.tables_mentioning, 0) > 1
            end as is_matched,
            coalesce(student_mentions.is_ambiguous, false) as is_ambiguous
        from student_mentions
        inner join roster on roster.match_to = 'student'
        left join rostered using (student_key)
        left join mentioning_tables using (student_key)
    ),

    school_mentions as (
        {% for concept in concepts %}
            select source_table, school_number, count(distinct row_id) as rows_total
            from
                {{ ref("int_" ~ concept ~ "_united") }}
                {{ "where school_number is not null" if concept in concepts_of_no_school }}
            group by source_table, school_number {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    matched_schools as (
        select
            school_mentions.source_table,
            'school' as match_to,
            school_mentions.school_number as match_key,
            school_mentions.rows_total,
            coalesce(schools.is_in_roster, false) as is_matched,
            false as is_ambiguous
        from school_mentions
        left join {{ ref("dim_school") }} as schools using (school_number)
    ),

    matched_staff as (
        select
            mentions.source_table,
            'staff' as match_to,
            mentions.person_namespace || ' ' || mentions.person_id as match_key,
            mentions.rows_total,
            coalesce(matched.match_status = 'matched', false) as is_matched,
            coalesce(matched.match_status = 'ambiguous', false) as is_ambiguous
        from {{ ref("int_staff_ids_mentioned") }} as mentions
        left join
            {{ ref("int_staff_ids_matched") }} as matched
            on mentions.person_namespace = matched.person_namespace
            and mentions.person_id = matched.person_id
    ),

    all_mentions as (
        select *
        from matched_mentions
        union all
        select *
        from matched_schools
        union all
        select *
        from matched_staff
    ),

    counted as (
        select
            source_table,
            match_to,
            cast(sum(rows_total) as bigint) as rows_total,
            cast(coalesce(sum(rows_total) filter (where is_matched), 0) as bigint) as rows_matched,
            cast(coalesce(sum(rows_total) filter (where not is_matched), 0) as bigint) as rows_unmatched,
            cast(
                coalesce(sum(rows_total) filter (where not is_matched and is_ambiguous), 0) as bigint
            ) as rows_ambiguous,
            count(distinct match_key) filter (where not is_matched) as keys_unmatched,
            count(distinct match_key) filter (where not is_matched and is_ambiguous) as keys_ambiguous
        from all_mentions
        group by source_table, match_to
    ),

    limited as (
        select
            counted.*,
            -- What no roster lists cannot be missing from it: students are then reported only, schools not
            -- at all.
            case
                when counted.match_to <> 'school' or roster.is_delivered
                then coalesce(own.warn_percent, every.warn_percent)
            end as warn_percent,
            case
                when roster.is_delivered then coalesce(own.fatal_percent, every.fatal_percent)
            end as fatal_percent
        from counted
        left join roster on counted.match_to = roster.match_to
        left join
            thresholds as own on counted.source_table = own.source_table and counted.match_to = own.match_to
        left join thresholds as every on every.source_table = '*' and counted.match_to = every.match_to
    ),

    final as (
        select
            *,
            case
                when rows_unmatched * 100 > fatal_percent * rows_total
                then 'held'
                when rows_unmatched * 100 > warn_percent * rows_total
                then 'reported'
                when warn_percent is null
                then 'not_judged'
                else 'within'
            end as match_state
        from limited
    )

select *
from final
