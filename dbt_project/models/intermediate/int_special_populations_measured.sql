{% set census_day %} {{ date_in_school_year("school_year", var("census_month"), var("census_day")) }} {% endset %}
{% set progress = var("el_progress") %}

with
    student_years as (select * from {{ ref("int_student_years_described") }}),

    enrollments as (select * from {{ ref("int_enrollments_measured") }}),

    statuses as (
        select *
        from {{ ref("int_student_statuses_united") }}
        where lens in ('english_learner', 'disability', 'section_504') and person_id is not null
    ),

    identities as (select * from {{ ref("int_student_identities") }}),

    status_years as (
        select
            school_year,
            bool_or(lens = 'english_learner') as has_english_learner,
            bool_or(lens = 'disability') as has_disability,
            bool_or(lens = 'section_504') as has_section_504
        from {{ ref("int_student_statuses_yearly") }}
        group by school_year
    ),

    dated as (
        select
            {{ resolved_student_key("statuses", "identities") }} as student_key,
            statuses.lens,
            statuses.status_code,
            -- Without a first day nobody can say whether the status held on the census day.
            case when statuses.begins_on is not null then statuses.is_in_group end as is_in_group,
            statuses.begins_on,
            statuses.ends_on
        from statuses
        left join
            identities
            on statuses.person_namespace = identities.person_namespace
            and statuses.person_id = identities.person_id
    ),

    counted as (
        select student_key, school_year, {{ census_day }} as census_on
        from enrollments
        where scope = 'district' and is_enrolled_on_census = 1
    ),

    on_census as (
        select
            counted.student_key,
            counted.school_year,
            {% for lens in ["english_learner", "disability", "section_504"] %}
                case
                    when
                        bool_or(dated.is_in_group) filter (
                            where dated.lens = '{{ lens }}' and {{ holds_on("dated", "counted.census_on") }}
                        )
                    then 'yes'
                    when
                        bool_or(dated.is_in_group is null) filter (
                            where dated.lens = '{{ lens }}' and {{ holds_on("dated", "counted.census_on") }}
                        )
                    then 'unknown'
                    else 'no'
                end as {{ lens }},
            {% endfor %}
            min(dated.begins_on) filter (
                where dated.lens = 'english_learner' and dated.is_in_group
            ) as first_english_learner_on,
            {% set is_reclassification %}
                dated.lens = 'english_learner'
                and dated.status_code in ({{ quoted_list(var("el_reclassification")["status_codes"]) }})
            {% endset %}
            count(*) filter (
                where {{ is_reclassification }} and dated.begins_on <= counted.census_on
            ) as earlier_reclassifications,
            count(*) filter (
                where
                    {{ is_reclassification }}
                    and dated.begins_on > counted.census_on
                    and dated.begins_on <= {{ school_year_end("counted.school_year") }}
            ) as reclassifications,
            min(counted.census_on) as census_on
        from counted
        inner join dated on counted.student_key = dated.student_key
        group by counted.student_key, counted.school_year
    ),

    results as (
        select
            student_key,
            school_key,
            school_year,
            try_cast(performance_level as decimal(4, 2)) as proficiency_level
        from {{ ref("fct_assessment_result") }}
        where
            instrument = '{{ progress["instrument"] }}'
            and subject = '{{ progress["subject"] }}'
            and is_valid
            and is_matched_to_roster
            and try_cast(performance_level as decimal(4, 2)) is not null
        -- One result speaks for a student and year: the latest.
        qualify
            row_number() over (
                partition by student_key, school_year
                order by tested_on desc nulls last, assessment_result_key
            )
            = 1
    ),

    growth as (
        select
            results.student_key,
            results.school_key,
            results.school_year,
            floor(results.proficiency_level) > floor(earlier.proficiency_level)
            or (
                results.proficiency_level >= {{ progress["proficient_level"] }}
                and earlier.proficiency_level >= {{ progress["proficient_level"] }}
            ) as is_progressing
        from results
        inner join
            results as earlier
            on results.student_key = earlier.student_key
            and results.school_year - 1 = earlier.school_year
    ),

    growth_years as (select distinct school_year from growth),

    joined as (
        select
            student_years.student_year_key,
            coalesce(enrollments.is_enrolled_on_census, 0) = 1 as is_enrolled_on_census,
            -- Who has no status of any kind has none, if the feed was delivered.
            case
                when coalesce(status_years.has_english_learner, false)
                then coalesce(on_census.english_learner, 'no')
                else 'unknown'
            end as english_learner,
            case
                when coalesce(status_years.has_disability, false)
                then coalesce(on_census.disability, 'no')
                else 'unknown'
            end as disability,
            case
                when coalesce(status_years.has_section_504, false)
                then coalesce(on_census.section_504, 'no')
                else 'unknown'
            end as section_504,
            coalesce(
                on_census.reclassifications > 0 and on_census.earlier_reclassifications = 0, false
            ) as is_first_reclassified,
            coalesce(
                on_census.first_english_learner_on
                + {{ "interval " ~ var("ltel")["minimum_years"] ~ " year" }}
                <= on_census.census_on,
                false
            ) as is_long_term,
            growth_years.school_year is not null as can_tell_growth,
            growth.student_key is not null as has_growth,
            coalesce(growth.is_progressing, false) as is_progressing
        from student_years
        left join enrollments on student_years.student_year_key = enrollments.student_year_key
        left join status_years on student_years.school_year = status_years.school_year
        left join
            on_census
            on student_years.student_key = on_census.student_key
            and student_years.school_year = on_census.school_year
        left join
            growth
            on student_years.student_key = growth.student_key
            and student_years.school_year = growth.school_year
            and (student_years.scope = 'district' or student_years.school_key = growth.school_key)
        left join growth_years on student_years.school_year = growth_years.school_year
    ),

    final as (
        select
            student_year_key,
            cast(has_growth as bigint) as is_el_progress_tested,
            cast(has_growth and is_progressing as bigint) as is_el_progressing,
            cast(
                is_enrolled_on_census and english_learner <> 'no' and not can_tell_growth as bigint
            ) as is_el_progress_unknown,
            cast(is_enrolled_on_census and english_learner = 'yes' as bigint) as is_el_on_census,
            cast(
                is_enrolled_on_census and english_learner = 'yes' and is_first_reclassified as bigint
            ) as is_reclassified,
            cast(is_enrolled_on_census and english_learner = 'yes' and is_long_term as bigint) as is_ltel,
            cast(is_enrolled_on_census and english_learner = 'unknown' as bigint) as is_el_on_census_unknown,
            cast(is_enrolled_on_census and disability <> 'unknown' as bigint) as is_iep_on_census_known,
            cast(is_enrolled_on_census and disability = 'yes' as bigint) as has_iep_on_census,
            cast(is_enrolled_on_census and disability = 'unknown' as bigint) as is_iep_on_census_unknown,
            -- A plan counts where there is no IEP, so both must be known.
            cast(
                is_enrolled_on_census and section_504 <> 'unknown' and disability <> 'unknown' as bigint
            ) as is_section_504_on_census_known,
            cast(
                is_enrolled_on_census and section_504 = 'yes' and disability = 'no' as bigint
            ) as has_section_504_on_census,
            cast(
                is_enrolled_on_census and (section_504 = 'unknown' or disability = 'unknown') as bigint
            ) as is_section_504_on_census_unknown
        from joined
    )

select *
from final
