{#-
    The rows of a raw table that no rule has rejected. This is the only filter between raw and staging,
    so that landed rows = staged rows + quarantined rows, table by table.
-#}
{% macro accepted_rows(table) -%}
    select landed.*
    from {{ source("raw", table) }} as landed
    where
        not exists (
            select 1
            from {{ source("quarantine", "rejected_rows") }} as rejected
            where rejected.source_table = '{{ table }}' and rejected.row_id = landed._row_id
        )
{%- endmacro %}
