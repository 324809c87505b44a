-- Nothing is lost between landing and staging: every landed row is staged or quarantined, table by table.
{% set tables = [
    "oneroster__orgs",
    "oneroster__academic_sessions",
    "oneroster__users",
    "oneroster__roles",
    "oneroster__courses",
    "oneroster__classes",
    "oneroster__enrollments",
    "oneroster__demographics",
    "sis_files__calendar",
    "sis_files__attendance",
    "sis_files__statuses",
    "sis_files__discipline",
    "sis_files__student_attributes",
    "sis_files__marks",
    "assessment_files__results",
] %}

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
