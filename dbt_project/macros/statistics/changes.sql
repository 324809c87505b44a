{#- Change of a gap from an earlier to a later time, when different students stand behind each. -#}
{% macro change_functions() -%}
    -- Zou and Donner (2008): the change of any estimates that have limits, which need not be symmetric.
    create or replace macro statistics.change_mover(
        estimate, lower_limit, upper_limit, estimate_before, lower_limit_before, upper_limit_before
    ) as
    case
        when
            estimate is not null
            and lower_limit is not null
            and upper_limit is not null
            and estimate_before is not null
            and lower_limit_before is not null
            and upper_limit_before is not null
        then
            list_transform(
                [
                    {
                        'change': cast(estimate as double) - cast(estimate_before as double),
                        'below': cast(estimate as double) - cast(lower_limit as double),
                        'above': cast(upper_limit as double) - cast(estimate as double),
                        'below_before': cast(estimate_before as double) - cast(lower_limit_before as double),
                        'above_before': cast(upper_limit_before as double) - cast(estimate_before as double)
                    }
                ],
                lambda found: {
                    'estimate': found.change,
                    'lower': found.change - sqrt(pow(found.below, 2) + pow(found.above_before, 2)),
                    'upper': found.change + sqrt(pow(found.above, 2) + pow(found.below_before, 2))
                }
            )[1]
    end
    ;
    create or replace macro statistics.change_wald(x1, n1, x2, n2, x1_before, n1_before, x2_before, n2_before) as
    case
        when
    {{ are_counts() }}
            and n1_before > 0
            and x1_before >= 0
            and x1_before <= n1_before
            and n2_before > 0
            and x2_before >= 0
            and x2_before <= n2_before
        then
            list_transform(
                [
                    {
                        'change':
    {{ proportion("x1", "n1") }}
                        - {{ proportion("x2", "n2") }}
                        - {{ proportion("x1_before", "n1_before") }}
                        + {{ proportion("x2_before", "n2_before") }},
                        'error':
                        sqrt(
    {{ wald_variance("x1", "n1") }}
                            + {{ wald_variance("x2", "n2") }}
                            + {{ wald_variance("x1_before", "n1_before") }}
                            + {{ wald_variance("x2_before", "n2_before") }}
                        )
                    }
                ],
                lambda found: {
                    'estimate': found.change,
                    'lower': found.change - {{ z_95() }} * found.error,
                    'upper': found.change + {{ z_95() }} * found.error
                }
            )[1]
    end
    ;
{%- endmacro %}


{% macro wald_variance(x, n) -%}
    {{ proportion(x, n) }} * (1 - {{ proportion(x, n) }}) / cast({{ n }} as double)
{%- endmacro %}
