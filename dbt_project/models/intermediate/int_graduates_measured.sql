with
    graduates as (
        select student_key, school_key, exit_class_year as class_year
        from {{ ref("int_cohort_records_determined") }}
        where exit_type = 'regular_diploma' and exit_class_year is not null
    ),

    records as (select * from {{ ref("fct_postsecondary_enrollment") }}),

    searches as (select student_key, max(searched_on) as searched_on from records group by student_key),

    terms as (select * from records where begins_on is not null),

    attended as (
        select
            graduates.student_key,
            bool_or(
                {{ term_overlaps("terms", fall_begins("class_year"), fall_ends("class_year")) }}
            ) as is_in_first_fall,
            -- The first year is that of the first fall, up to the day before the second.
            bool_or(
                {{
                    term_overlaps(
                        "terms", fall_begins("class_year"), fall_begins("class_year + 1") ~ " - 1"
                    )
                }}
            ) as is_in_first_year,
            bool_or(
                {{ term_overlaps("terms", fall_begins("class_year + 1"), fall_ends("class_year + 1")) }}
            ) as is_in_second_fall
        from graduates
        inner join terms on graduates.student_key = terms.student_key
        group by graduates.student_key
    ),

    final as (
        select
            graduates.student_key,
            graduates.school_key,
            graduates.class_year,
            -- A search tells of what lies behind it.
            coalesce(
                searches.searched_on > {{ fall_ends("graduates.class_year") }}, false
            ) as is_first_fall_searched,
            coalesce(
                searches.searched_on > {{ fall_ends("graduates.class_year + 1") }}, false
            ) as is_second_fall_searched,
            coalesce(attended.is_in_first_fall, false) as is_in_first_fall,
            coalesce(attended.is_in_first_year, false) as is_in_first_year,
            coalesce(attended.is_in_second_fall, false) as is_in_second_fall
        from graduates
        left join searches on graduates.student_key = searches.student_key
        left join attended on graduates.student_key = attended.student_key
    )

select *
from final
