with
    records as (select * from {{ ref("stg_hr_files__staff") }}),

    final as (
        select
            'local' as person_namespace,
            staff_number as person_id,
            staff_number,
            given_name,
            family_name,
            position,
            hired_on,
            left_on,
            highest_degree,
            certification,
            years_experience_at_hire,
            fte,
            'hr_files__staff' as source_table,
            row_id,
            source_file,
            source_row,
            delivered_on
        from records
    )

select *
from final
