with
    records as (select * from {{ ref("stg_training_files__records") }}),

    final as (
        select
            training_id,
            'local' as person_namespace,
            staff_number as person_id,
            course_code,
            course_title,
            hours,
            enrolled_on,
            completed_on,
            case when status in ('enrolled', 'completed', 'withdrawn') then status else 'other' end as status,
            score,
            'training_files__records' as source_table,
            row_id,
            source_file,
            source_row,
            delivered_on
        from records
    )

select *
from final
