{#-
    What Ed-Fi descriptors say about a column of a concept: descriptor (namespace#code, lower case) and meaning.
    Values that are ignored on purpose are left out; values that nobody has mapped are held back by rules.
-#}
{% macro edfi_meanings(concept_column) -%}
    select lower(trim(namespace)) || '#' || lower(trim(code_value)) as descriptor, meaning
    from {{ ref("edfi_descriptors") }}
    where concept_column = '{{ concept_column }}' and not is_ignored
{%- endmacro %}
