with
    events as (select * from {{ ref("fct_discipline_event") }} where school_year is not null),

    scoped as (
        select 'school' as scope, student_key, school_key, school_year, action_category
        from events
        where school_key is not null
        union all
        select 'district', student_key, null, school_year, action_category
        from events
    ),

    measured as (
        select
            scope,
            student_key,
            school_key,
            school_year,
            cast(bool_or(action_category = 'oss') as bigint) as has_oss
        from scoped
        group by scope, student_key, school_key, school_year
    ),

    final as (select {{ student_year_key() }} as student_year_key, * from measured)

select *
from final
