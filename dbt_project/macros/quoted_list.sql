{#- Names from a variable as a list of SQL texts. -#}
{% macro quoted_list(names) -%}
    {% for name in names %} '{{ name }}'{{ ", " if not loop.last }}{% endfor %}
{%- endmacro %}
