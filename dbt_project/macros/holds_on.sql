{#- Whether a dated status holds on a day, both ends included; one without a first day may. -#}
{% macro holds_on(statuses, day) -%}
    coalesce({{ statuses }}.begins_on, {{ day }}) <= {{ day }}
    and coalesce({{ statuses }}.ends_on, {{ day }}) >= {{ day }}
{%- endmacro %}
