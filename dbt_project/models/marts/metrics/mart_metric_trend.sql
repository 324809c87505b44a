with
    figures as (select * from {{ ref("mart_metric_by_group") }} where value is not null),

    gaps as (select * from {{ ref("mart_metric_gap") }} where comparator = 'reference'),

    metrics as (select * from {{ ref("dim_metric") }}),

    with_gaps as (
        select figures.*, gaps.adverse_gap as adverse_reference_gap
        from figures
        left join gaps using (metric_id, school_year, organization_level, organization, dimension, member)
    ),

    final as (
        select
            this_year.metric_by_group_key as metric_trend_key,
            this_year.metric_id,
            this_year.school_year,
            this_year.organization_level,
            this_year.organization,
            this_year.dimension,
            this_year.member,
            this_year.value,
            this_year.n_students,
            year_before.value as value_before,
            year_before.n_students as n_students_before,
            this_year.value - year_before.value as change,
            case
                metrics.direction
                when 'higher_better'
                then year_before.value - this_year.value
                when 'lower_better'
                then this_year.value - year_before.value
            end as adverse_change,
            this_year.adverse_reference_gap,
            year_before.adverse_reference_gap as adverse_reference_gap_before,
            this_year.adverse_reference_gap
            - year_before.adverse_reference_gap as adverse_reference_gap_change
        from with_gaps as this_year
        inner join
            with_gaps as year_before
            on this_year.metric_id = year_before.metric_id
            and this_year.school_year = year_before.school_year + 1
            and this_year.organization_level = year_before.organization_level
            and this_year.organization = year_before.organization
            and this_year.dimension = year_before.dimension
            and this_year.member = year_before.member
        inner join metrics on this_year.metric_id = metrics.metric_id
    )

select *
from final
