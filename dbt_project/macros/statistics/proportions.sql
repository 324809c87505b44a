{#- Proportions and their differences; x students of n. Null where n is 0 or x is not between 0 and n. -#}
{% macro proportion_functions() -%}
    create or replace macro statistics.wilson(x, n) as
    case
        when n > 0 and x >= 0 and x <= n
        then {'lower': {{ wilson_limit("x", "n", "-") }}, 'upper': {{ wilson_limit("x", "n", "+") }}}
    end
    ;
    create or replace macro statistics.newcombe(x1, n1, x2, n2) as
    case
        when {{ are_counts() }}
        then
            {
                'estimate': {{ proportion("x1", "n1") }} - {{ proportion("x2", "n2") }},
                'lower':
    {{ proportion("x1", "n1") }}
                - {{ proportion("x2", "n2") }}
                - sqrt(
                    pow({{ proportion("x1", "n1") }} - {{ wilson_limit("x1", "n1", "-") }}, 2)
                    + pow({{ wilson_limit("x2", "n2", "+") }} - {{ proportion("x2", "n2") }}, 2)
                ),
                'upper':
    {{ proportion("x1", "n1") }}
                - {{ proportion("x2", "n2") }}
                + sqrt(
                    pow({{ wilson_limit("x1", "n1", "+") }} - {{ proportion("x1", "n1") }}, 2)
                    + pow({{ proportion("x2", "n2") }} - {{ wilson_limit("x2", "n2", "-") }}, 2)
                )
            }
    end
    ;
    create or replace macro statistics.two_proportion_z(x1, n1, x2, n2) as
    case
        when {{ are_counts() }} and x1 + x2 > 0 and x1 + x2 < n1 + n2
        then
            ({{ proportion("x1", "n1") }} - {{ proportion("x2", "n2") }})
            / sqrt(
    {{ proportion("(x1 + x2)", "(n1 + n2)") }}
                * (1 - {{ proportion("(x1 + x2)", "(n1 + n2)") }})
                * (1 / cast(n1 as double) + 1 / cast(n2 as double))
            )
    end
    ;
    create or replace macro statistics.one_proportion_z(x, n, target) as
    case
        when n > 0 and x >= 0 and x <= n and target > 0 and target < 1
        then
            ({{ proportion("x", "n") }} - cast(target as double))
            / sqrt(cast(target as double) * (1 - cast(target as double)) / cast(n as double))
    end
    ;
    create or replace macro statistics.cohens_h(x1, n1, x2, n2) as
    case
        when {{ are_counts() }}
        then
            {
                'estimate':
                2 * asin(sqrt({{ proportion("x1", "n1") }})) - 2 * asin(sqrt({{ proportion("x2", "n2") }})),
                'standard_error': sqrt(1 / cast(n1 as double) + 1 / cast(n2 as double))
            }
    end
    ;
{%- endmacro %}


{% macro proportion(x, n) -%} (cast({{ x }} as double) / cast({{ n }} as double)){%- endmacro %}


{#- Whether x1 of n1 and x2 of n2 are shares of groups that have someone. -#}
{% macro are_counts() -%} n1 > 0 and x1 >= 0 and x1 <= n1 and n2 > 0 and x2 >= 0 and x2 <= n2 {%- endmacro %}


{#- One limit of Wilson's score interval; kept within 0 and 1, which rounding alone would leave. -#}
{% macro wilson_limit(x, n, sign) -%}
    {%- set p = proportion(x, n) -%}
    {%- set n = "cast(" ~ n ~ " as double)" -%}
    greatest(
        0.0,
        least(
            1.0,
            (
                {{ p }}
                + pow({{ z_95() }}, 2)
                / (2 * {{ n }}) {{ sign }} {{ z_95() }}
                * sqrt({{ p }} * (1 - {{ p }}) / {{ n }} + pow({{ z_95() }} / (2 * {{ n }}), 2))
            )
            / (1 + pow({{ z_95() }}, 2) / {{ n }})
        )
    )
{%- endmacro %}
