{#- A value with named fields, from SQL by field. -#}
{% macro struct_literal(fields) -%} {{ return(adapter.dispatch("struct_literal")(fields)) }} {%- endmacro %}

{% macro default__struct_literal(fields) -%}
    {% set parts = [] %}
    {% for name, sql in fields.items() %} {% do parts.append("'" ~ name ~ "': " ~ sql) %} {% endfor %}
    {{ return("{" ~ parts | join(", ") ~ "}") }}
{%- endmacro %}

{% macro spark__struct_literal(fields) -%}
    {% set parts = [] %}
    {% for name, sql in fields.items() %} {% do parts.append("'" ~ name ~ "', " ~ sql) %} {% endfor %}
    {{ return("named_struct(" ~ parts | join(", ") ~ ")") }}
{%- endmacro %}


{#- One row for each of several values. Give it a name in the select. -#}
{% macro row_for_each(values) -%} {{ return(adapter.dispatch("row_for_each")(values)) }} {%- endmacro %}

{% macro default__row_for_each(values) -%} unnest([{{ values | join(", ") }}]) {%- endmacro %}

{% macro spark__row_for_each(values) -%} explode(array({{ values | join(", ") }})) {%- endmacro %}
