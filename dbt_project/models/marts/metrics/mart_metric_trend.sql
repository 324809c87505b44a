with
    figures as (select * from {{ ref("mart_metric_by_group") }} where value is not null),

    gaps as (select * from {{ ref("mart_metric_gap") }} where comparator = 'reference'),

    metrics as (
        select *, case direction when 'higher_better' then -1 when 'lower_better' then 1 end as adverse_sign
        from {{ ref("dim_metric") }}
    ),

    estimated as (
        select
            figures.*,
            metrics.adverse_sign,
            metrics.shown_times,
            case
                when metrics.is_proportion then statistics.wilson(figures.numerator, figures.denominator)
            end as value_interval,
            gaps.adverse_gap,
            gaps.gap_lower,
            gaps.gap_upper,
            gaps.comparator_value,
            gaps.comparator_value_lower,
            gaps.comparator_value_upper,
            gaps.risk_ratio,
            gaps.reliability
        from figures
        inner join metrics using (metric_id)
        left join gaps using (metric_id, school_year, organization_level, organization, dimension, member)
    ),

    -- Turned, so that more is worse.
    turned as (
        select
            metric_by_group_key,
            metric_id,
            school_year,
            organization_level,
            organization,
            dimension,
            member,
            value,
            n_students,
            value * adverse_sign as adverse_value,
            {{
                turned_limit(
                    "least", "value_interval.lower * shown_times", "value_interval.upper * shown_times"
                )
            }} as adverse_value_lower,
            {{
                turned_limit(
                    "greatest", "value_interval.lower * shown_times", "value_interval.upper * shown_times"
                )
            }} as adverse_value_upper,
            comparator_value * adverse_sign as adverse_reference,
            {{ turned_limit("least", "comparator_value_lower", "comparator_value_upper") }}
            as adverse_reference_lower,
            {{ turned_limit("greatest", "comparator_value_lower", "comparator_value_upper") }}
            as adverse_reference_upper,
            adverse_gap,
            {{ turned_limit("least", "gap_lower", "gap_upper") }} as adverse_gap_lower,
            {{ turned_limit("greatest", "gap_lower", "gap_upper") }} as adverse_gap_upper,
            risk_ratio,
            reliability = 'full' as is_reliable
        from estimated
    ),

    compared as (
        select
            this_year.*,
            year_before.value as value_before,
            year_before.n_students as n_students_before,
            year_before.adverse_value as adverse_value_before,
            year_before.adverse_reference as adverse_reference_before,
            year_before.adverse_gap as adverse_gap_before,
            year_before.risk_ratio as risk_ratio_before,
            this_year.is_reliable and year_before.is_reliable as are_both_reliable,
            {{ change_since("year_before", "this_year", "adverse_value") }} as own_change,
            {{ change_since("year_before", "this_year", "adverse_reference") }} as reference_change,
            {{ change_since("year_before", "this_year", "adverse_gap") }} as gap_change
        from turned as this_year
        inner join
            turned as year_before
            on this_year.metric_id = year_before.metric_id
            and this_year.school_year = year_before.school_year + 1
            and this_year.organization_level = year_before.organization_level
            and this_year.organization = year_before.organization
            and this_year.dimension = year_before.dimension
            and this_year.member = year_before.member
    ),

    final as (
        select
            metric_by_group_key as metric_trend_key,
            metric_id,
            school_year,
            organization_level,
            organization,
            dimension,
            member,
            value,
            n_students,
            value_before,
            n_students_before,
            value - value_before as change,
            adverse_value - adverse_value_before as adverse_change,
            adverse_gap as adverse_reference_gap,
            adverse_gap_before as adverse_reference_gap_before,
            adverse_gap - adverse_gap_before as adverse_reference_gap_change,
            gap_change.lower as adverse_reference_gap_change_lower,
            gap_change.upper as adverse_reference_gap_change_upper,
            case
                when not are_both_reliable
                then null
                when gap_change.upper < 0
                then 'closing'
                when gap_change.lower > 0
                then 'widening'
                when gap_change.lower is not null
                then 'no_clear_change'
            end as gap_verdict,
            own_change.lower as adverse_change_lower,
            own_change.upper as adverse_change_upper,
            adverse_reference - adverse_reference_before as reference_adverse_change,
            reference_change.lower as reference_adverse_change_lower,
            reference_change.upper as reference_adverse_change_upper,
            risk_ratio,
            risk_ratio_before,
            (abs(adverse_gap) - abs(adverse_gap_before)) * (abs(ln(risk_ratio)) - abs(ln(risk_ratio_before)))
            < 0 as has_opposite_ratio_change
        from compared
    )

select *
from final
