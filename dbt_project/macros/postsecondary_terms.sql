{#- First and last day of the fall, by the var `postsecondary_fall`, in the calendar year of an expression. -#}
{% macro fall_begins(year_expression) -%}
    make_date(
        {{ year_expression }},
        {{ var("postsecondary_fall")["begins_month"] }},
        {{ var("postsecondary_fall")["begins_day"] }}
    )
{%- endmacro %}


{% macro fall_ends(year_expression) -%}
    make_date(
        {{ year_expression }},
        {{ var("postsecondary_fall")["ends_month"] }},
        {{ var("postsecondary_fall")["ends_day"] }}
    )
{%- endmacro %}


{#- Whether a college term, begins_on to ends_on, has a day between two dates, both included. A term without an end has its first day. -#}
{% macro term_overlaps(terms, first, last) -%}
    coalesce(
        {{ terms }}.begins_on <= {{ last }}
        and coalesce({{ terms }}.ends_on, {{ terms }}.begins_on) >= {{ first }},
        false
    )
{%- endmacro %}
