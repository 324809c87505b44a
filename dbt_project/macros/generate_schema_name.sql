{#- A model's schema is exactly what the project file says (staging, intermediate, marts), with no target prefix. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
