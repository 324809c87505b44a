{#-
    Truancy by var `truancy`. Both macros read unexcused_days and unspecified_days of the query around them: days absent
    without an excuse, and days of which the source does not say whether they were excused.
-#}
{% macro is_truant() -%} (unexcused_days >= {{ var("truancy")["minimum_unexcused_days"] }}) {%- endmacro %}


{#- Whether the days that nobody has classified would decide. -#}
{% macro is_truancy_open() -%}
    (
        not {{ is_truant() }}
        and unexcused_days + unspecified_days >= {{ var("truancy")["minimum_unexcused_days"] }}
    )
{%- endmacro %}
