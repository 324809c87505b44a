{#- Lenses of schools; they make the organisations, not the groups. -#}
{% set school_lenses = ["school", "school_level"] %}
{% set tables = semantic_tables() %}
{% set metrics = public_metrics() %}
{% set overlapping = lenses() | selectattr("kind", "equalto", "multi") | map(attribute="id") | list %}
{% set exact = "decimal(28, 12)" %}

with
    {% for model, table in tables.items() %}
        {% set own = metrics | selectattr("semantic_model", "equalto", model) | list %}
        {% set groups = [] %}
        {% set measures = {} %}
        {% for metric in own %}
            {% for lens in metric["dimensions"] if lens not in school_lenses and lens not in groups %}
                {% do groups.append(lens) %}
            {% endfor %}
            {% for part in ["numerator", "denominator", "n_students", "unknown"] %}
                {% do measures.update({metric[part]: "c" ~ measures | length}) if metric[part] not in measures %}
            {% endfor %}
        {% endfor %}
        {% for metric in own %} {% do metric.update({"measures": measures}) %} {% endfor %}

        -- All groups of all organisations, counted in one reading of the table.
        {{ model }}_counted as (
            select
                school_year,
                case
                    when scope = 'district'
                    then 'district'
                    when grouping(school) = 0
                    then 'school'
                    else 'school_level'
                end as organization_level,
                case when grouping(school) = 0 then school else school_level end as organization,
                case
                    {% for lens in groups %} when grouping({{ lens }}) = 0 then '{{ lens }}' {% endfor %}
                    when true
                    then 'all'
                end as dimension,
                case
                    {% for lens in groups %} when grouping({{ lens }}) = 0 then {{ lens }} {% endfor %}
                    when true
                    then 'all'
                end as member
                {% for sql, name in measures.items() %}, {{ sql }} as {{ name }} {% endfor %}
            from {{ table }}
            group by
                grouping sets (
                    {% for organization in school_lenses %}
                        (school_year, scope, {{ organization }})
                        {% for lens in groups %}
                            , (school_year, scope, {{ organization }}, {{ lens }})
                        {% endfor %}
                        {% if not loop.last %}, {% endif %}
                    {% endfor %}
                )
            -- In scope district every row has the same school; by level it would be a second, different
            -- count.
            having scope = 'school' or grouping(school) = 0
        ),

        -- Where groups overlap, the combinations have been counted so far; a group is all combinations with
        -- it.
        {{ model }}_groups as (
            select *
            from {{ model }}_counted
            {% if groups | select("in", overlapping) | list %}
                where dimension not in ({{ quoted_list(overlapping) }})
                union all
                select
                    school_year,
                    organization_level,
                    organization,
                    dimension,
                    member_in_combination
                    {% for name in measures.values() %}, sum({{ name }}) {% endfor %}
                from
                    (
                        select *, {{ separated_groups("member") }} as member_in_combination
                        from {{ model }}_counted
                        where dimension in ({{ quoted_list(overlapping) }})
                    ) as combinations
                group by school_year, organization_level, organization, dimension, member_in_combination
            {% endif %}
        ),
    {% endfor %}

    {% for model in tables %}
        -- Every metric that is defined by a lens, for each of its groups: a row of counts becomes a row per
        -- metric.
        {{ model }}_metrics as (
            {% set rows = [] %}
            {% for metric in metrics | selectattr("semantic_model", "equalto", model) %}
                {% set part = metric["measures"] %}
                {% set by = ["all"] + metric["dimensions"] | reject("in", school_lenses) | list %}
                {% do rows.append(
                    struct_literal(
                        {
                            "metric_id": "'" ~ metric["id"] ~ "'",
                            "numerator": "cast(coalesce("
                            ~ part[metric["numerator"]]
                            ~ ", 0) as "
                            ~ exact
                            ~ ")",
                            "denominator": "cast(coalesce("
                            ~ part[metric["denominator"]]
                            ~ ", 0) as "
                            ~ exact
                            ~ ")",
                            "n_students": "cast(coalesce("
                            ~ part[metric["n_students"]]
                            ~ ", 0) as bigint)",
                            "n_unknown": "cast(coalesce("
                            ~ part[metric["unknown"]]
                            ~ ", 0) as bigint)",
                            "is_defined": "dimension in (" ~ quoted_list(by) ~ ")",
                        }
                    )
                ) %}
            {% endfor %}
            select
                school_year,
                organization_level,
                organization,
                dimension,
                member,
                {{ row_for_each(rows) if rows else "cast(null as varchar)" }} as figure
            from {{ model }}_groups
        ),
    {% endfor %}

    measured as (
        {% for model in tables %}
            select
                figure.metric_id,
                school_year,
                organization_level,
                organization,
                dimension,
                member,
                figure.numerator,
                figure.denominator,
                figure.n_students,
                figure.n_unknown
            from {{ model }}_metrics
            where figure.is_defined {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    final as (
        select
            {{
                row_key(
                    "metric_by_group",
                    [
                        "metric_id",
                        "school_year",
                        "organization_level",
                        "organization",
                        "dimension",
                        "member",
                    ],
                )
            }} as metric_by_group_key,
            metric_id,
            school_year,
            organization_level,
            organization,
            dimension,
            member,
            numerator,
            denominator,
            n_students,
            n_unknown,
            case
                -- Nobody counted while some cannot be told is no zero.
                when metrics.kind in ('count', 'total') and n_students = 0
                then null
                when metrics.kind = 'count'
                then cast(n_students as double)
                when metrics.kind = 'total'
                then cast(numerator as double)
                when denominator <> 0
                then cast(numerator as double) * metrics.shown_times / cast(denominator as double)
            end as value
        from measured
        inner join {{ ref("dim_metric") }} as metrics using (metric_id)
        where n_students > 0 or n_unknown > 0
    )

select *
from final
