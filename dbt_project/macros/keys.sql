{#- Surrogate keys: md5 over the entity's name and its natural key. Null in, null out, so that an unknown stays unknown. -#}
{% macro student_key(student_number_expression) -%}
    md5('student|' || {{ student_number_expression }})
{%- endmacro %}

{#- A student known by the state's id only, because no local record carries that id. -#}
{% macro state_student_key(state_student_id_expression) -%}
    md5('state_student|' || {{ state_student_id_expression }})
{%- endmacro %}

{% macro staff_key(staff_number_expression) -%} md5('staff|' || {{ staff_number_expression }}) {%- endmacro %}

{% macro school_key(school_number_expression) -%}
    md5('school|' || {{ school_number_expression }})
{%- endmacro %}

{% macro row_key(entity, expressions) -%}
    md5(
        '{{ entity }}'
        {%- for expression in expressions %}
            || '|' || coalesce(cast({{ expression }} as varchar), '')
        {%- endfor %}
    )
{%- endmacro %}


{#- Key of a student's year in a scope; reads scope, student_key, school_key (null in scope district) and school_year. -#}
{% macro student_year_key() -%}
    {{ row_key("student_year", ["scope", "student_key", "school_key", "school_year"]) }}
{%- endmacro %}
