with
    demographics as (select * from {{ ref("stg_oneroster__demographics") }} where not is_deleted),

    rostered as (select * from {{ ref("int_students_rostered") }}),

    gender_codes as (select * from {{ ref("gender_codes") }}),

    latest as (
        select
            *,
            cast(coalesce(is_american_indian, false) as integer)
            + cast(coalesce(is_asian, false) as integer)
            + cast(coalesce(is_black, false) as integer)
            + cast(coalesce(is_pacific_islander, false) as integer)
            + cast(coalesce(is_white, false) as integer) as races_recorded
        from demographics
        qualify
            row_number() over (
                partition by user_sourced_id
                order by modified_at desc nulls last, source_file desc, source_row desc
            )
            = 1
    ),

    final as (
        select
            rostered.student_key,
            latest.birth_on,
            coalesce(gender_codes.gender, 'unknown') as gender,
            latest.is_hispanic,
            case
                -- Hispanic or Latino of any race comes first, as in the federal categories.
                when latest.is_hispanic
                then 'hispanic'
                when latest.is_two_or_more_races or latest.races_recorded > 1
                then 'two_or_more'
                when latest.is_american_indian
                then 'american_indian'
                when latest.is_asian
                then 'asian'
                when latest.is_black
                then 'black'
                when latest.is_pacific_islander
                then 'pacific_islander'
                when latest.is_white
                then 'white'
                else 'unknown'
            end as race_ethnicity
        from latest
        inner join rostered using (user_sourced_id)
        left join gender_codes using (gender_code)
    )

select *
from final
