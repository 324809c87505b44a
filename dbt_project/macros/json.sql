{#- The elements of a JSON array that stands in a text column, one row each; none for null. Give it a name in the select. -#}
{% macro json_elements(text_expression) -%}
    {{ return(adapter.dispatch("json_elements")(text_expression)) }}
{%- endmacro %}

{% macro default__json_elements(text_expression) -%}
    unnest(cast({{ text_expression }} as json[]))
{%- endmacro %}

{% macro spark__json_elements(text_expression) -%}
    explode(from_json({{ text_expression }}, 'array<string>'))
{%- endmacro %}


{#- A value inside a JSON document, as text; null where it is absent. -#}
{% macro json_text(document, path) -%}
    {{ return(adapter.dispatch("json_text")(document, path)) }}
{%- endmacro %}

{% macro default__json_text(document, path) -%}
    json_extract_string({{ document }}, '$.{{ path }}')
{%- endmacro %}

{% macro spark__json_text(document, path) -%} get_json_object({{ document }}, '$.{{ path }}') {%- endmacro %}
