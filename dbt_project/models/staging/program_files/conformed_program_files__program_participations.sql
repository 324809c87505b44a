with
    records as (select * from {{ ref("stg_program_files__participations") }}),

    final as (
        select
            participation_id,
            'local' as person_namespace,
            student_number as person_id,
            school_number,
            coalesce(school_year, {{ school_year_of_date("begins_on") }}) as school_year,
            program_code,
            program_name,
            begins_on,
            ends_on,
            sessions_attended,
            'program_files__participations' as source_table,
            row_id,
            source_file,
            source_row,
            delivered_on
        from records
    )

select *
from final
