{#-
    Lenses whose groups overlap keep all groups of a student in one text, as in `|asian|white|`: one student stays one row,
    and whoever asks for a group looks for `|asian|`.
-#}
{#- Groups of which a student may be in several, from a flag each: {group: flag}. Null when in none. -#}
{% macro delimited_groups(flag_of_group) -%}
    nullif(
        '|'
        {%- for group, flag in flag_of_group.items() %}
            || case when {{ flag }} then '{{ group }}|' else '' end
        {%- endfor %},
        '|'
    )
{%- endmacro %}


{#- The groups that stand in a column, in the order of the alphabet, for a GROUP BY with one row per student and group. -#}
{% macro listed_groups(group_column) -%}
    {{ return(adapter.dispatch("listed_groups")(group_column)) }}
{%- endmacro %}

{% macro default__listed_groups(group_column) -%}
    '|' || string_agg(distinct {{ group_column }}, '|' order by {{ group_column }}) || '|'
{%- endmacro %}

{% macro spark__listed_groups(group_column) -%}
    '|' || array_join(array_sort(collect_set({{ group_column }})), '|') || '|'
{%- endmacro %}


{#- The groups of a delimited text, one row each. Give it a name in the select. -#}
{% macro separated_groups(text_column) -%}
    {{ return(adapter.dispatch("separated_groups")(text_column)) }}
{%- endmacro %}

{% macro default__separated_groups(text_column) -%}
    unnest(string_split(trim({{ text_column }}, '|'), '|'))
{%- endmacro %}

{% macro spark__separated_groups(text_column) -%}
    explode(split(trim(both '|' from {{ text_column }}), '[|]'))
{%- endmacro %}


{#- A code as the name of a group: without the mark between groups, and without the comma that separates them in a question. -#}
{% macro group_name(code_expression) -%}
    replace(replace(trim({{ code_expression }}), '|', '/'), ',', ' ')
{%- endmacro %}
