{#-
    What every system says about a concept, one under the other: the union of the staging models conformed_<system>__<concept>.
    A system joins by having such a model; `make generate` then lists it in conformed_feeds.
-#}
{% macro united(concept, columns) -%}
    {%- for system in conformed_feeds(concept) %}
        select '{{ system }}' as source_system, {{ columns | join(", ") }}
        from {{ ref("conformed_" ~ system ~ "__" ~ concept) }} {{ "union all" if not loop.last }}
    {%- endfor %}
{%- endmacro %}
