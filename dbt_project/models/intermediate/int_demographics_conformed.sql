with
    demographics as (select * from {{ ref("int_student_demographics_united") }}),

    identities as (select * from {{ ref("int_student_identities") }}),

    found as (
        select
            identities.student_key,
            demographics.*,
            cast(coalesce(is_american_indian, false) as integer)
            + cast(coalesce(is_asian, false) as integer)
            + cast(coalesce(is_black, false) as integer)
            + cast(coalesce(is_pacific_islander, false) as integer)
            + cast(
                coalesce(is_white, false) or coalesce(is_middle_eastern, false) as integer
            ) as races_recorded
        from demographics
        inner join
            identities
            on demographics.person_namespace = identities.person_namespace
            and demographics.person_id = identities.person_id
    ),

    latest as (
        select *
        from found
        qualify
            row_number() over (
                partition by student_key
                order by modified_at desc nulls last, source_system, source_file desc, source_row desc
            )
            = 1
    ),

    final as (
        select
            student_key,
            birth_on,
            coalesce(gender, 'unknown') as gender,
            is_hispanic,
            case
                -- Hispanic or Latino of any race comes first, as in the federal categories.
                when is_hispanic
                then 'hispanic'
                when is_two_or_more_races or races_recorded > 1
                then 'two_or_more'
                when is_american_indian
                then 'american_indian'
                when is_asian
                then 'asian'
                when is_black
                then 'black'
                when is_pacific_islander
                then 'pacific_islander'
                -- The seven categories of 1997 count Middle Eastern and North African as white.
                when is_white or is_middle_eastern
                then 'white'
                else 'unknown'
            end as race_ethnicity,
            {{
                delimited_groups(
                    {
                        "american_indian": "is_american_indian",
                        "asian": "is_asian",
                        "black": "is_black",
                        "hispanic": "is_hispanic",
                        "middle_eastern": "is_middle_eastern",
                        "pacific_islander": "is_pacific_islander",
                        "white": "is_white",
                    }
                )
            }} as race_spd15
        from latest
    )

select *
from final
