with
    records as (
        select *, planned_on + {{ var("stocktakes_on_time")["days_of_grace"] }} as latest_on
        from {{ ref("int_stocktakes_united") }}
        where planned_on is not null and exported_on is not null
        -- The latest export speaks.
        qualify
            row_number() over (
                partition by source_system, stocktake_id
                order by exported_on desc, delivered_on desc nulls last, source_file, source_row desc
            )
            = 1
    ),

    schools as (select * from {{ ref("dim_school") }}),

    scopes as (
        select 'district' as scope
        union all
        select 'school'
    ),

    final as (
        select
            {{
                row_key(
                    "stocktake_by_scope", ["scopes.scope", "records.source_system", "records.stocktake_id"]
                )
            }} as stocktake_by_scope_key,
            scopes.scope,
            {{ school_year_of_date("records.planned_on") }} as school_year,
            {{ school_year_start(school_year_of_date("records.planned_on")) }} as school_year_start_on,
            records.planned_on,
            records.held_on,
            -- lenses
            case when scopes.scope = 'district' then 'district' else schools.school_number end as school,
            coalesce(schools.school_level, 'unknown') as school_level,
            -- What may still be done in time on the day of the export is not judged yet.
            cast(
                coalesce(records.held_on <= records.exported_on, false)
                or records.latest_on < records.exported_on as bigint
            ) as is_due,
            cast(
                coalesce(records.held_on <= least(records.latest_on, records.exported_on), false) as bigint
            ) as is_on_time
        from records
        left join schools on records.school_number = schools.school_number
        cross join scopes
        where scopes.scope = 'district' or schools.school_number is not null
    )

select *
from final
