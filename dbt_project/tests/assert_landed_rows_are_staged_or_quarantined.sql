{{ config(group="preparation") }}

-- Nothing is lost between landing and staging: every landed row is staged or quarantined, table by table.
{% set tables = landed_tables() %}

with
    quarantined as (
        select source_table, count(distinct row_id) as quarantined_rows
        from {{ source("quarantine", "rejected_rows") }}
        group by source_table
    ),

    counted as (
        {% for table in tables %}
            select
                '{{ table }}' as source_table,
                (select count(*) from {{ source("raw", table) }}) as landed_rows,
                (select count(*) from {{ ref("stg_" ~ table) }}) as staged_rows
                {{ "union all" if not loop.last }}
        {% endfor %}
    )

select counted.*, coalesce(quarantined.quarantined_rows, 0) as quarantined_rows
from counted
left join quarantined using (source_table)
where counted.landed_rows <> counted.staged_rows + coalesce(quarantined.quarantined_rows, 0)
