{#- Means of two groups, from each group's mean, standard deviation (divisor n - 1) and size. -#}
{% macro mean_functions() -%}
    create or replace macro statistics.welch(mean1, sd1, n1, mean2, sd2, n2) as
    case
        when {{ are_samples() }}
        then
            list_transform(
                [
                    {
                        'estimate': cast(mean1 as double) - cast(mean2 as double),
                        'standard_error': sqrt({{ squared_error("1") }} + {{ squared_error("2") }}),
                        'df':
                        pow({{ squared_error("1") }} + {{ squared_error("2") }}, 2) / (
                            pow({{ squared_error("1") }}, 2) / (cast(n1 as double) - 1)
                            + pow({{ squared_error("2") }}, 2) / (cast(n2 as double) - 1)
                        )
                    }
                ],
                lambda found: {
                    'estimate': found.estimate,
                    'lower':
                    found.estimate - found.standard_error * {{ t_deviate("(-" ~ z_95() ~ ")", "0.05", "found.df") }},
                    'upper':
                    found.estimate + found.standard_error * {{ t_deviate("(-" ~ z_95() ~ ")", "0.05", "found.df") }},
                    'standard_error': found.standard_error,
                    'df': found.df
                }
            )[1]
    end
    ;
    create or replace macro statistics.hedges_g(mean1, sd1, n1, mean2, sd2, n2) as
    case
        when {{ are_samples() }}
        then
            list_transform(
                [
                    (cast(mean1 as double) - cast(mean2 as double))
                    / sqrt(
                        (
                            (cast(n1 as double) - 1) * pow(cast(sd1 as double), 2)
                            + (cast(n2 as double) - 1) * pow(cast(sd2 as double), 2)
                        )
                        / (cast(n1 as double) + cast(n2 as double) - 2)
                    )
                    * (1 - 3 / (4 * (cast(n1 as double) + cast(n2 as double) - 2) - 1))
                ],
                lambda g: {
                    'estimate': g,
                    'standard_error':
                    sqrt(
                        1 / cast(n1 as double)
                        + 1 / cast(n2 as double)
                        + g * g / (2 * (cast(n1 as double) + cast(n2 as double)))
                    )
                }
            )[1]
    end
    ;
{%- endmacro %}


{#- Whether both groups have a mean, and vary. -#}
{% macro are_samples() -%}
    mean1 is not null and mean2 is not null and n1 > 1 and n2 > 1 and sd1 >= 0 and sd2 >= 0 and sd1 + sd2 > 0
{%- endmacro %}


{#- Squared standard error of the mean of group 1 or 2. -#}
{% macro squared_error(group) -%}
    (pow(cast(sd{{ group }} as double), 2) / cast(n{{ group }} as double))
{%- endmacro %}
