{#- A delivered text as a date: ISO first, then US month/day/year, then 20260430. What is neither becomes null, never an error. -#}
{% macro parse_date(text_expression) -%}
    {{ return(adapter.dispatch("parse_date")(text_expression)) }}
{%- endmacro %}

{% macro default__parse_date(text_expression) -%}
    cast(
        try_strptime(
            trim({{ text_expression }}), ['%Y-%m-%d', '%m/%d/%Y', '%Y-%m-%d %H:%M:%S', '%Y%m%d']
        ) as date
    )
{%- endmacro %}

{% macro spark__parse_date(text_expression) -%}
    coalesce(
        try_to_date(trim({{ text_expression }}), 'yyyy-M-d'),
        try_to_date(trim({{ text_expression }}), 'M/d/yyyy'),
        try_to_date(trim({{ text_expression }}), 'yyyy-M-d HH:mm:ss'),
        try_to_date(trim({{ text_expression }}), 'yyyyMMdd')
    )
{%- endmacro %}


{#- A delivered school year, '2026' or '2025-2026', as the spring year. -#}
{% macro parse_school_year(text_expression) -%}
    try_cast(right(trim({{ text_expression }}), 4) as integer)
{%- endmacro %}


{#- true/false/1/0/yes/no in any case; anything else is null. -#}
{% macro parse_boolean(text_expression) -%}
    case
        when lower(trim({{ text_expression }})) in ('true', 't', '1', 'yes', 'y')
        then true
        when lower(trim({{ text_expression }})) in ('false', 'f', '0', 'no', 'n')
        then false
    end
{%- endmacro %}


{#- A trimmed, lower-case code, for joins to the crosswalk seeds. -#}
{% macro normalise_code(text_expression) -%} lower(trim({{ text_expression }})) {%- endmacro %}


{#-
    One value of a OneRoster list of typed ids such as {StateID:9012345678},{LunchID:77}. Null where the type is absent.
-#}
{% macro typed_id(ids_expression, id_type) -%}
    nullif(trim(regexp_extract({{ ids_expression }}, '(?i)\{\s*{{ id_type }}\s*:\s*([^}]*)\}', 1)), '')
{%- endmacro %}


{#- Whether a database's soft-delete column, a flag or the moment of deletion, says that the row is gone. -#}
{% macro soft_deleted(text_expression) -%}
    coalesce({{ parse_boolean(text_expression) }}, nullif(trim({{ text_expression }}), '') is not null)
{%- endmacro %}


{#- Whether a OneRoster status takes the record back. Old exports write inactive where the standard has tobedeleted. -#}
{% macro is_taken_back(status_expression) -%}
    coalesce(lower(trim({{ status_expression }})) in ('tobedeleted', 'inactive'), false)
{%- endmacro %}
