{#-
    How far students have come in their courses, by the definitions in the vars `grade9_on_track`, `credits_on_pace` and `algebra1`.
    The macros read columns of int_marks_measured and int_feeds_delivered in the query around them, and compare exactly.
-#}
{#- Whether a mark is in a core course. -#}
{% macro is_core(subject_expression) -%}
    {{ subject_expression }} in ({{ quoted_list(var("core_subjects")) }})
{%- endmacro %}


{% macro is_grade9_on_track(variant) -%}
    {%- set rules = var("grade9_on_track")[variant] -%}
    (
        credits_earned
        {%- if not rules["counts_summer_credits"] %} - summer_credits_earned {%- endif %}
        >= {{ rules["credits_required"] }}
        {%- if rules["max_core_failures"] is not none %}
            -- A semester is six twelfths of the year.
            and core_failed_twelfths <= 6 * {{ rules["max_core_failures"] }}
        {%- endif %}
    )
{%- endmacro %}


{#- Credits of the year against the part of the year that is over. -#}
{% macro is_on_credit_pace() -%}
    (credits_earned * 12 >= {{ var("credits_on_pace")["credits_per_year"] }} * year_twelfths_done)
{%- endmacro %}


{#- Whether the year can tell who has done Algebra I by the end of the variant's grade. -#}
{% macro can_tell_algebra1(variant) -%}
    (
        has_credits and has_algebra1_marks and is_marking_ended
        {%- if var("algebra1")[variant]["first_time_only"] %} and has_earlier_enrollment {%- endif %}
    )
{%- endmacro %}


{#- Whether a student is of the grade, leaving out those who repeat it where the variant counts first-timers only. -#}
{% macro is_in_algebra1_grade(variant) -%}
    (
        grade_level = '{{ var("algebra1")[variant]["grade_level"] }}'
        {%- if var("algebra1")[variant]["first_time_only"] %} and not is_repeating_grade9 {%- endif %}
    )
{%- endmacro %}


{% macro has_algebra1(variant) -%}
    (algebra1_credits >= {{ var("algebra1")[variant]["credits_required"] }})
{%- endmacro %}
