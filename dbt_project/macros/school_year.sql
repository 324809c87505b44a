{#- The spring year of the school year that a date falls in: with a start in July, 1 July 2025 to 30 June 2026 is 2026. -#}
{% macro school_year_of_date(date_expression) -%}
    cast(
        extract(year from {{ date_expression }}) + case
            when extract(month from {{ date_expression }}) >= {{ var("school_year_starts_month") }}
            then 1
            else 0
        end as integer
    )
{%- endmacro %}


{#- First calendar day of a school year. -#}
{% macro school_year_start(school_year_expression) -%}
    make_date({{ school_year_expression }} - 1, {{ var("school_year_starts_month") }}, 1)
{%- endmacro %}


{#- Last calendar day of a school year. -#}
{% macro school_year_end(school_year_expression) -%}
    cast(
        make_date({{ school_year_expression }}, {{ var("school_year_starts_month") }}, 1)
        - interval 1 day as date
    )
{%- endmacro %}


{#- The date within a school year that has this month and day. -#}
{% macro date_in_school_year(school_year_expression, month, day) -%}
    make_date(
        {{ school_year_expression }}
        - case when {{ month }} >= {{ var("school_year_starts_month") }} then 1 else 0 end,
        {{ month }},
        {{ day }}
    )
{%- endmacro %}
