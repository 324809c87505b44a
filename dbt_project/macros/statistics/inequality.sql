{#-
    Many groups in one number, from lists with an element per group: `group_values`, rates or means, and `group_sizes`. Null where a list
    is empty, holds a null or lacks an element, and where a value is below 0.
-#}
{% macro inequality_functions() -%}
    create or replace macro statistics.index_of_disparity_best(group_values, higher_is_better) as
    case
        when
            len(group_values) > 1
            and list_count(group_values) = len(group_values)
            and case when higher_is_better then list_max(group_values) else list_min(group_values) end > 0
        then
            list_transform(
                [
                    cast(
                        case when higher_is_better then list_max(group_values) else list_min(group_values) end as double
                    )
                ],
                lambda best: 100
                * list_sum(list_transform(group_values, lambda one: abs(one - best)))
                / (len(group_values) - 1)
                / best
            )[1]
    end
    ;
    create or replace macro statistics.index_of_disparity_mean(group_values, group_sizes) as
    case
        when {{ are_groups() }}
        then
            list_transform(
                [{{ mean_of_groups() }}],
                lambda mean: 100
                * list_sum(list_transform(group_values, lambda one: abs(one - mean)))
                / len(group_values)
                / mean
            )[1]
    end
    ;
    create or replace macro statistics.theil_index(group_values, group_sizes) as
    case
        when {{ are_groups() }}
        then
    {{ mean_over_groups("case when one = 0 then 0.0 else one / mean * ln(one / mean) end") }}
    end
    ;
    -- A group at 0 is infinitely far from the mean.
    create or replace macro statistics.mean_log_deviation(group_values, group_sizes) as
    case
        when {{ are_groups() }} and list_min(group_values) > 0
        then
    {{ mean_over_groups("ln(mean / one)") }}
    end
    ;
    create or replace macro statistics.between_group_variance(group_values, group_sizes) as
    case
        when {{ are_groups() }}
        then
    {{ mean_over_groups("pow(one - mean, 2)") }}
    end
    ;
{%- endmacro %}


{#- Groups of known size and value, whose mean is above 0. -#}
{% macro are_groups() -%}
    len(group_values) > 0
    and len(group_values) = len(group_sizes)
    and list_count(group_values) = len(group_values)
    and list_count(group_sizes) = len(group_sizes)
    and list_min(group_values) >= 0
    and list_max(group_values) > 0
    and list_min(group_sizes) > 0
{%- endmacro %}


{% macro mean_of_groups() -%}
    list_inner_product(cast(group_values as double[]), cast(group_sizes as double[]))
    / list_sum(cast(group_sizes as double[]))
{%- endmacro %}


{#- The mean, weighted by the groups' sizes, of what `term` makes of each group's value `one` and of the `mean` of all. -#}
{% macro mean_over_groups(term) -%}
    list_transform(
        [{{ mean_of_groups() }}],
        lambda mean:list_inner_product(
            cast(group_sizes as double[]),
            list_transform(cast(group_values as double[]), lambda one:{{ term }})
        )
        / list_sum(cast(group_sizes as double[]))
    )[1]
{%- endmacro %}
