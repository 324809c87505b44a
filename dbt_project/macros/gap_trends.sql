{#- A limit of an estimate of which more is worse: the other end where more was better. `which` is least or greatest. -#}
{% macro turned_limit(which, lower_limit, upper_limit) -%}
    {{ which }} ({{ lower_limit }} * adverse_sign, {{ upper_limit }} * adverse_sign)
{%- endmacro %}


{#- Change of an estimate that both relations have with its limits, by MOVER. -#}
{% macro change_since(before, now, estimate) -%}
    statistics.change_mover(
        {{ now }}.{{ estimate }},
        {{ now }}.{{ estimate }}_lower,
        {{ now }}.{{ estimate }}_upper,
        {{ before }}.{{ estimate }},
        {{ before }}.{{ estimate }}_lower,
        {{ before }}.{{ estimate }}_upper
    )
{%- endmacro %}
