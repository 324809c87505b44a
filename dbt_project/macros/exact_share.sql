{#-
    A number of days over a whole number of days as a decimal of 12 places, by whole-number arithmetic: decimals divided by
    decimals are floating point. The last place is rounded up, so that a sum that should be exactly half a step of what is
    shown never falls below it. Days may have up to 4 places.
-#}
{% macro exact_share(days, whole_days) -%}
    cast(
        cast(
            {{
                adapter.dispatch("whole_quotient")(
                    "cast(" ~ days ~ " * 10000 as bigint) * 100000000 + " ~ whole_days ~ " - 1",
                    whole_days,
                )
            }} as decimal(18, 0)
        )
        * cast('0.000000000001' as decimal(13, 12)) as decimal(18, 12)
    )
{%- endmacro %}


{% macro default__whole_quotient(dividend, divisor) -%} divide({{ dividend }}, {{ divisor }}) {%- endmacro %}


{% macro spark__whole_quotient(dividend, divisor) -%}(({{ dividend }}) div {{ divisor }}) {%- endmacro %}
