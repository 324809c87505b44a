with
    figures as (select * from {{ ref("mart_metric_by_group") }}),

    metrics as (select * from {{ ref("dim_metric") }}),

    members as (select * from {{ ref("dim_lens_member") }} where kind = 'partition'),

    groups as (
        select figures.*, members.is_reference
        from figures
        inner join members on figures.dimension = members.lens and figures.member = members.member
        where figures.value is not null
    ),

    everyone as (select * from figures where dimension = 'all'),

    compared as (
        select
            groups.*,
            'reference' as comparator,
            reference.member as comparator_member,
            reference.numerator as comparator_numerator,
            reference.denominator as comparator_denominator,
            reference.n_students as comparator_n_students
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
            everyone.n_students - groups.n_students
        from groups
        inner join everyone using (metric_id, school_year, organization_level, organization)
    ),

    valued as (
        select
            compared.*,
            metrics.direction,
            cast(compared.comparator_numerator as double)
            * metrics.shown_times
            / cast(compared.comparator_denominator as double) as comparator_value
        from compared
        inner join metrics using (metric_id)
        -- Numbers of students and totals differ because groups differ in size; only shares and means are
        -- compared.
        where metrics.kind in ('rate', 'mean') and compared.comparator_denominator > 0
    ),

    final as (
        select
            {{
                row_key(
                    "metric_gap",
                    [
                        "metric_id",
                        "school_year",
                        "organization_level",
                        "organization",
                        "dimension",
                        "member",
                        "comparator",
                    ],
                )
            }} as metric_gap_key,
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
            end as adverse_gap
        from valued
    )

select *
from final
