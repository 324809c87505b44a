with
    records as (select * from {{ ref("fct_training_record") }}),

    placed as (
        select distinct staff_key, school_key, school_year
        from {{ ref("fct_staff_assignment") }}
        where school_key is not null
    ),

    schools as (select * from {{ ref("dim_school") }}),

    scoped as (
        select 'district' as scope, cast(null as varchar) as school_key, records.*
        from records
        union all
        select 'school', placed.school_key, records.*
        from records
        inner join placed on records.staff_key = placed.staff_key and records.school_year = placed.school_year
    ),

    final as (
        select
            {{
                row_key(
                    "training_record_by_scope",
                    ["scoped.scope", "scoped.school_key", "scoped.training_record_key"],
                )
            }} as training_record_by_scope_key,
            scoped.scope,
            -- A record of somebody unknown still is somebody's.
            coalesce(scoped.staff_key, scoped.training_record_key) as trainee_key,
            scoped.school_year,
            {{ school_year_start("scoped.school_year") }} as school_year_start_on,
            -- lenses
            case when scoped.scope = 'district' then 'district' else schools.school_number end as school,
            coalesce(schools.school_level, 'unknown') as school_level,
            -- counts
            cast(1 as bigint) as is_enrolled,
            cast(scoped.is_completed as bigint) as is_completed
        from scoped
        left join schools on scoped.school_key = schools.school_key
        where scoped.school_year is not null and (scoped.scope = 'district' or schools.school_key is not null)
    )

select *
from final
