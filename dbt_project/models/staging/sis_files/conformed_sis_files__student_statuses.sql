with
    statuses as (select * from {{ ref("stg_sis_files__statuses") }}),

    meanings as (select * from {{ ref("student_statuses") }}),

    -- Code `*` gives the lens of a whole type and speaks for every code that has no row of its own.
    type_meanings as (
        select
            status_type,
            min(lens) as lens,
            bool_or(is_in_group) filter (where status_code = '*') as is_in_group
        from meanings
        group by status_type
    ),

    final as (
        select
            'local' as person_namespace,
            statuses.student_number as person_id,
            statuses.status_type,
            statuses.status_code,
            type_meanings.lens,
            coalesce(meanings.is_in_group, type_meanings.is_in_group) as is_in_group,
            meanings.status_group,
            statuses.begins_on,
            statuses.ends_on,
            'sis_files__statuses' as source_table,
            statuses.row_id,
            statuses.source_file,
            statuses.source_row,
            statuses.delivered_on
        from statuses
        left join type_meanings using (status_type)
        left join
            meanings
            on statuses.status_type = meanings.status_type
            and statuses.status_code = meanings.status_code
    )

select *
from final
