{% set levels = var("growth_levels") %}

with
    percentiles as (
        select *
        from {{ ref("int_growth_percentiles_united") }}
        where person_id is not null and school_year is not null
    ),

    identities as (select * from {{ ref("int_student_identities") }}),

    found as (
        select
            percentiles.*,
            {{ resolved_student_key("percentiles", "identities") }} as student_key,
            {{ school_key("percentiles.school_number") }} as school_key,
            coalesce(identities.is_in_roster, false) as is_matched_to_roster,
            coalesce(
                percentiles.is_prior_proficient,
                percentiles.prior_performance_level >= {{ var("proficient_performance_level") }}
            ) as was_proficient_before
        from percentiles
        left join
            identities
            on percentiles.person_namespace = identities.person_namespace
            and percentiles.person_id = identities.person_id
    ),

    selected as (
        select *
        from found
        -- Two ids may turn out to be one student: a percentile goes before none, and then the last delivered.
        qualify
            row_number() over (
                partition by student_key, subject, school_year
                order by
                    case when growth_percentile is null then 1 else 0 end,
                    delivered_on desc nulls last,
                    source_system,
                    source_file,
                    source_row desc
            )
            = 1
    ),

    final as (
        select
            {{ row_key("student_growth", ["student_key", "subject", "school_year"]) }} as student_growth_key,
            student_key,
            school_key,
            school_year,
            subject,
            coalesce(tested_grade, 'unknown') as tested_grade,
            growth_percentile,
            case
                when growth_percentile < {{ levels["low_below"] }}
                then 'low'
                when growth_percentile > {{ levels["high_above"] }}
                then 'high'
                when growth_percentile is not null
                then 'typical'
            end as growth_level,
            adequate_percentile,
            growth_percentile >= adequate_percentile as is_growth_adequate,
            prior_performance_level,
            was_proficient_before,
            is_matched_to_roster
        from selected
    )

select *
from final
