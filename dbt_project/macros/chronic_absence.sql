{#-
    Chronic absence by one of the definitions in var `chronic_absence`. Both macros read the columns grade_rank,
    membership_days and chronic_absent_days of the query around them, and compare exactly: no rate is computed, none rounded.
-#}
{% macro is_chronic_eligible(variant) -%}
    {%- set rules = var("chronic_absence")[variant] -%}
    (
        membership_days >= {{ rules["minimum_membership_days"] }}
        and coalesce(
            grade_rank between {{ rules["lowest_grade_rank"] }} and {{ rules["highest_grade_rank"] }},
            {{ rules["unknown_grade_counts"] }}
        )
    )
{%- endmacro %}

{% macro is_chronically_absent(variant) -%}
    {%- set rules = var("chronic_absence")[variant] -%}
    (chronic_absent_days * 100 >= membership_days * {{ rules["threshold_percent"] }})
{%- endmacro %}
