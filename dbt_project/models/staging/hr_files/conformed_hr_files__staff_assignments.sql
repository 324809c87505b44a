with
    records as (select * from {{ ref("stg_hr_files__assignments") }}),

    final as (
        select
            assignment_id,
            'local' as person_namespace,
            staff_number as person_id,
            school_number,
            coalesce(school_year, {{ school_year_of_date("begins_on") }}) as school_year,
            job_title,
            fte,
            begins_on,
            ends_on,
            'hr_files__assignments' as source_table,
            row_id,
            source_file,
            source_row,
            delivered_on
        from records
    )

select *
from final
