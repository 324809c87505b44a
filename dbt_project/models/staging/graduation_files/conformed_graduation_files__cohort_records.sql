with
    cohorts as (select * from {{ ref("stg_graduation_files__cohorts") }}),

    exit_codes as (select * from {{ ref("exit_codes") }}),

    final as (
        select
            'local' as person_namespace,
            cohorts.student_number as person_id,
            cohorts.school_number,
            cohorts.grade9_school_year,
            cohorts.exited_on,
            case
                when cohorts.exit_code is not null then coalesce(exit_codes.exit_type, 'unknown')
            end as exit_type,
            'graduation_files__cohorts' as source_table,
            cohorts.row_id,
            cohorts.source_file,
            cohorts.source_row,
            cohorts.delivered_on
        from cohorts
        left join exit_codes using (exit_code)
    )

select *
from final
