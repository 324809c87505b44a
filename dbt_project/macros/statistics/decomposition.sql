{#-
    Kitagawa's (1955) decomposition of the difference of two rates. The query has a row per stratum: x_a students of n_a in one group,
    x_b of n_b in the other. A stratum in which a group has nobody gets that group's overall rate, which leaves the sum exact; how much
    of each group is in strata that hold both says what the parts rest on.
-#}
{% macro decomposition_functions() -%}
    create or replace macro statistics.kitagawa(strata_query) as table
    with
        strata as (
            select
                coalesce(cast(x_a as double), 0.0) as x_a,
                coalesce(cast(n_a as double), 0.0) as n_a,
                coalesce(cast(x_b as double), 0.0) as x_b,
                coalesce(cast(n_b as double), 0.0) as n_b
            from query(strata_query)
        ),
        overall as (
            select
                sum(x_a) / sum(n_a) as rate_a,
                sum(x_b) / sum(n_b) as rate_b,
                sum(n_a) as all_a,
                sum(n_b) as all_b
            from strata
            having sum(n_a) > 0 and sum(n_b) > 0
        ),
        shares as (
            select
                overall.rate_a,
                overall.rate_b,
                n_a / all_a as share_a,
                n_b / all_b as share_b,
                case when n_a > 0 then x_a / n_a else overall.rate_a end as stratum_rate_a,
                case when n_b > 0 then x_b / n_b else overall.rate_b end as stratum_rate_b,
                n_a > 0 and n_b > 0 as has_both
            from strata, overall
        )
    select
        min(rate_a) as rate_a,
        min(rate_b) as rate_b,
        min(rate_a) - min(rate_b) as gap,
        sum((share_a + share_b) / 2 * (stratum_rate_a - stratum_rate_b)) as rate_effect,
        sum((stratum_rate_a + stratum_rate_b) / 2 * (share_a - share_b)) as composition_effect,
        sum(case when has_both then share_a else 0 end) as coverage_a,
        sum(case when has_both then share_b else 0 end) as coverage_b
    from shares
    ;
{%- endmacro %}
