with
    associations as (select * from {{ ref("stg_edfi__student_education_organization_associations") }}),

    demographics as (select * from {{ ref("stg_edfi__student_demographics") }}),

    students as (select * from {{ ref("stg_edfi__students") }}),

    genders as ({{ edfi_meanings("student_demographics.gender") }}),

    race_meanings as (
        {% for race in [
            "is_american_indian",
            "is_asian",
            "is_black",
            "is_hispanic",
            "is_middle_eastern",
            "is_pacific_islander",
            "is_white",
        ] %}
            select descriptor, '{{ race }}' as race
            from
                ({{ edfi_meanings("student_demographics." ~ race) }}) as meanings
                {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    described as (
        select
            student_unique_id,
            sex_descriptor,
            is_hispanic,
            races,
            modified_at,
            'edfi__student_education_organization_associations' as source_table,
            row_id,
            source_file,
            source_row,
            delivered_on
        from associations
        union all
        select
            student_unique_id,
            sex_descriptor,
            is_hispanic,
            races,
            modified_at,
            'edfi__student_demographics',
            row_id,
            source_file,
            source_row,
            delivered_on
        from demographics
    ),

    listed_races as (select student_unique_id, {{ json_elements("races") }} as race from described),

    -- A school and the district may each describe a student; together they say all that is known.
    races as (
        select
            listed_races.student_unique_id,
            bool_or(race_meanings.race = 'is_american_indian') as is_american_indian,
            bool_or(race_meanings.race = 'is_asian') as is_asian,
            bool_or(race_meanings.race = 'is_black') as is_black,
            bool_or(race_meanings.race = 'is_hispanic') as is_hispanic,
            bool_or(race_meanings.race = 'is_middle_eastern') as is_middle_eastern,
            bool_or(race_meanings.race = 'is_pacific_islander') as is_pacific_islander,
            bool_or(race_meanings.race = 'is_white') as is_white,
            -- The seven categories of 1997 count Middle Eastern and North African as white.
            count(
                distinct case
                    race_meanings.race when 'is_middle_eastern' then 'is_white' else race_meanings.race
                end
            ) filter (where race_meanings.race <> 'is_hispanic')
            > 1 as is_two_or_more_races
        from listed_races
        inner join
            race_meanings
            on lower({{ json_text("listed_races.race", "raceDescriptor") }}) = race_meanings.descriptor
        group by listed_races.student_unique_id
    ),

    sexes as (
        select described.student_unique_id, min(genders.meaning) as gender
        from described
        inner join genders on lower(described.sex_descriptor) = genders.descriptor
        group by described.student_unique_id
        having count(distinct genders.meaning) = 1
    ),

    hispanic as (
        select student_unique_id, bool_or(is_hispanic) as is_hispanic
        from described
        group by student_unique_id
    ),

    final as (
        select
            'edfi' as person_namespace,
            described.student_unique_id as person_id,
            students.birth_on,
            coalesce(own_genders.meaning, sexes.gender, birth_genders.meaning) as gender,
            hispanic.is_hispanic or coalesce(races.is_hispanic, false) as is_hispanic,
            races.is_american_indian,
            races.is_asian,
            races.is_black,
            races.is_middle_eastern,
            races.is_pacific_islander,
            races.is_white,
            races.is_two_or_more_races,
            described.modified_at,
            described.source_table,
            described.row_id,
            described.source_file,
            described.source_row,
            described.delivered_on
        from described
        left join students using (student_unique_id)
        left join races using (student_unique_id)
        left join sexes using (student_unique_id)
        left join hispanic using (student_unique_id)
        left join genders as own_genders on lower(described.sex_descriptor) = own_genders.descriptor
        left join genders as birth_genders on lower(students.birth_sex_descriptor) = birth_genders.descriptor
    )

select *
from final
