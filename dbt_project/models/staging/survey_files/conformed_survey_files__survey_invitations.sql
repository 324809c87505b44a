with
    records as (select * from {{ ref("stg_survey_files__invitations") }}),

    final as (
        select
            school_number,
            respondent_type,
            school_year,
            invited,
            'survey_files__invitations' as source_table,
            row_id,
            source_file,
            source_row,
            delivered_on
        from records
    )

select *
from final
