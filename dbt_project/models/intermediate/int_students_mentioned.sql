with
    mentions as (
        select
            'sis_files__attendance' as source_table,
            student_number,
            null as state_student_id,
            count(*) as rows_total
        from {{ ref("stg_sis_files__attendance") }}
        group by student_number
        union all
        select 'sis_files__statuses', student_number, null, count(*)
        from {{ ref("stg_sis_files__statuses") }}
        group by student_number
        union all
        select 'sis_files__discipline', student_number, null, count(*)
        from {{ ref("stg_sis_files__discipline") }}
        group by student_number
        union all
        select 'sis_files__student_attributes', student_number, null, count(*)
        from {{ ref("stg_sis_files__student_attributes") }}
        group by student_number
        union all
        select 'sis_files__marks', student_number, null, count(*)
        from {{ ref("stg_sis_files__marks") }}
        group by student_number
    ),

    local_mentions as (
        select
            source_table,
            {{ student_key("student_number") }} as student_key,
            student_number,
            state_student_id,
            rows_total
        from mentions
    ),

    result_mentions as (
        select
            'assessment_files__results' as source_table,
            student_key,
            student_number,
            state_student_id,
            count(*) as rows_total
        from {{ ref("int_assessment_results_matched") }}
        group by 1, 2, 3, 4
    ),

    final as (
        select *
        from local_mentions
        union all
        select *
        from result_mentions
    )

select *
from final
