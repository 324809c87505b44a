with
    figures as (select * from {{ ref("mart_metric_by_group") }} where value is not null),

    -- Numbers of students and totals differ because groups differ in size; only shares and means are
    -- compared.
    metrics as (select * from {{ ref("dim_metric") }} where kind in ('rate', 'mean')),

    members as (select * from {{ ref("dim_lens_member") }} where kind = 'partition'),

    measures as (select * from {{ ref("dim_plan_measure") }}),

    targets as (select * from {{ ref("fct_plan_target") }}),

    compared_figures as (
        select
            figures.metric_by_group_key,
            figures.metric_id,
            figures.school_year,
            figures.organization_level,
            figures.organization,
            figures.dimension,
            figures.member,
            figures.numerator,
            figures.denominator,
            figures.n_students,
            figures.value,
            metrics.direction,
            metrics.shown_times,
            metrics.minimum_n_reliability,
            metrics.is_proportion
        from figures
        inner join metrics using (metric_id)
    ),

    groups as (
        select compared_figures.*, members.is_reference
        from compared_figures
        inner join
            members on compared_figures.dimension = members.lens and compared_figures.member = members.member
    ),

    -- The best of the groups that are large enough to be steady.
    best as (
        select *
        from groups
        where
            n_students >= minimum_n_reliability
            and member <> 'unknown'
            and direction in ('higher_better', 'lower_better')
        qualify
            row_number() over (
                partition by metric_id, school_year, organization_level, organization, dimension
                order by case direction when 'higher_better' then - value else value end, member
            )
            = 1
    ),

    -- Of several measures of a plan with a target for the same figure, the first.
    planned as (
        select
            measures.metric as metric_id,
            targets.school_year,
            coalesce(measures.dimension, 'all') as dimension,
            coalesce(measures.member, 'all') as member,
            cast(targets.target_value as double) as target_value
        from targets
        inner join measures using (plan_measure_key)
        qualify
            row_number() over (
                partition by
                    measures.metric,
                    targets.school_year,
                    coalesce(measures.dimension, 'all'),
                    coalesce(measures.member, 'all')
                order by measures.measure_id
            )
            = 1
    ),

    compared as (
        select
            groups.*,
            'reference' as comparator,
            reference.member as comparator_member,
            reference.numerator as comparator_numerator,
            reference.denominator as comparator_denominator,
            reference.n_students as comparator_n_students,
            cast(null as double) as target_value
        from groups
        inner join
            groups as reference
            on groups.metric_id = reference.metric_id
            and groups.school_year = reference.school_year
            and groups.organization_level = reference.organization_level
            and groups.organization = reference.organization
            and groups.dimension = reference.dimension
            and reference.is_reference
        where not groups.is_reference
        union all
        select
            groups.*,
            'all_others',
            cast(null as varchar),
            everyone.numerator - groups.numerator,
            everyone.denominator - groups.denominator,
            everyone.n_students - groups.n_students,
            cast(null as double)
        from groups
        inner join
            compared_figures as everyone using (metric_id, school_year, organization_level, organization)
        where everyone.dimension = 'all'
        union all
        select
            groups.*,
            'highest',
            best.member,
            best.numerator,
            best.denominator,
            best.n_students,
            cast(null as double)
        from groups
        inner join best using (metric_id, school_year, organization_level, organization, dimension)
        where groups.member <> best.member
        union all
        select
            of_school.*,
            false,
            'district',
            of_school.member,
            of_district.numerator,
            of_district.denominator,
            of_district.n_students,
            cast(null as double)
        from compared_figures as of_school
        inner join compared_figures as of_district using (metric_id, school_year, dimension, member)
        where of_school.organization_level = 'school' and of_district.organization_level = 'district'
        union all
        select
            of_district.*,
            false,
            'target',
            cast(null as varchar),
            cast(null as decimal(28, 12)),
            cast(null as decimal(28, 12)),
            cast(null as bigint),
            planned.target_value
        from compared_figures as of_district
        inner join planned using (metric_id, school_year, dimension, member)
        where of_district.organization_level = 'district'
    ),

    -- Counts are given to the statistics only where they are those of students; the district is no other
    -- group than the school's, of which it is made.
    valued as (
        select
            *,
            case
                when comparator = 'target'
                then target_value
                else
                    cast(comparator_numerator as double)
                    * shown_times
                    / cast(comparator_denominator as double)
            end as comparator_value,
            case when is_proportion then cast(numerator as double) end as x,
            cast(denominator as double) as n,
            case when is_proportion then cast(comparator_numerator as double) end as comparator_x,
            cast(comparator_denominator as double) as comparator_n,
            is_proportion and comparator in ('reference', 'all_others', 'highest') as is_other_group
        from compared
        where comparator = 'target' or comparator_denominator > 0
    ),

    -- The best group was chosen for being best: a test against it would find too much.
    tested as (
        select
            metric_by_group_key,
            comparator,
            concat_ws('|', metric_id, school_year, comparator) as screen,
            statistics.two_sided_p(
                case
                    when comparator = 'target'
                    then statistics.one_proportion_z(x, n, target_value / shown_times)
                    else statistics.two_proportion_z(x, n, comparator_x, comparator_n)
                end
            ) as p_value
        from valued
        where is_proportion and comparator in ('reference', 'all_others', 'target')
    ),

    ranked as (
        select *, statistics.benjamini_hochberg_ratio(p_value, screen) as p_ratio
        from tested
        where p_value is not null
    ),

    screened as (
        select
            metric_by_group_key,
            comparator,
            statistics.benjamini_hochberg(p_ratio, p_value, screen) as q_value
        from ranked
    ),

    estimated as (
        select
            *,
            statistics.wilson(x, n) as value_interval,
            statistics.wilson(comparator_x, comparator_n) as comparator_interval,
            case
                when is_other_group then statistics.newcombe(x, n, comparator_x, comparator_n)
            end as difference,
            case
                when is_other_group then statistics.risk_ratio(x, n, comparator_x, comparator_n)
            end as risk_ratio_interval,
            case
                when is_other_group then statistics.odds_ratio(x, n, comparator_x, comparator_n)
            end as odds_ratio_interval,
            case
                when is_other_group then statistics.cohens_h(x, n, comparator_x, comparator_n).estimate
            end as cohens_h
        from valued
    ),

    final as (
        select
            {{ row_key("metric_gap", ["metric_by_group_key", "comparator"]) }} as metric_gap_key,
            metric_id,
            school_year,
            organization_level,
            organization,
            dimension,
            member,
            comparator,
            comparator_member,
            value,
            n_students,
            comparator_value,
            comparator_n_students,
            value - comparator_value as gap,
            case
                direction
                when 'higher_better'
                then comparator_value - value
                when 'lower_better'
                then value - comparator_value
            end as adverse_gap,
            case
                when comparator = 'target'
                then value_interval.lower * shown_times - target_value
                else difference.lower * shown_times
            end as gap_lower,
            case
                when comparator = 'target'
                then value_interval.upper * shown_times - target_value
                else difference.upper * shown_times
            end as gap_upper,
            value_interval.lower * shown_times as value_lower,
            value_interval.upper * shown_times as value_upper,
            comparator_interval.lower * shown_times as comparator_value_lower,
            comparator_interval.upper * shown_times as comparator_value_upper,
            risk_ratio_interval.estimate as risk_ratio,
            risk_ratio_interval.lower as risk_ratio_lower,
            risk_ratio_interval.upper as risk_ratio_upper,
            risk_ratio_interval.is_corrected as is_risk_ratio_corrected,
            odds_ratio_interval.estimate as odds_ratio,
            odds_ratio_interval.lower as odds_ratio_lower,
            odds_ratio_interval.upper as odds_ratio_upper,
            odds_ratio_interval.is_corrected as is_odds_ratio_corrected,
            cohens_h,
            screened.q_value,
            case
                when
                    n_students >= minimum_n_reliability
                    and coalesce(comparator_n_students, n_students) >= minimum_n_reliability
                then 'full'
                else 'low'
            end as reliability
        from estimated
        left join screened using (metric_by_group_key, comparator)
    )

select *
from final
