with
    demographics as (select * from {{ ref("stg_oneroster__demographics") }} where not is_deleted),

    gender_codes as (select * from {{ ref("gender_codes") }}),

    final as (
        select
            'oneroster' as person_namespace,
            demographics.user_sourced_id as person_id,
            demographics.birth_on,
            gender_codes.gender,
            demographics.is_hispanic,
            demographics.is_american_indian,
            demographics.is_asian,
            demographics.is_black,
            demographics.is_middle_eastern,
            demographics.is_pacific_islander,
            demographics.is_white,
            demographics.is_two_or_more_races,
            demographics.modified_at,
            'oneroster__demographics' as source_table,
            demographics.row_id,
            demographics.source_file,
            demographics.source_row,
            demographics.delivered_on
        from demographics
        left join gender_codes using (gender_code)
    )

select *
from final
