with
    accepted as ({{ accepted_rows("oneroster__demographics") }}),

    renamed as (
        select
            -- ids
            sourced_id as user_sourced_id,
            -- attributes
            {{ normalise_code("sex") }} as gender_code,
            {{ parse_boolean("american_indian_or_alaska_native") }} as is_american_indian,
            {{ parse_boolean("asian") }} as is_asian,
            {{ parse_boolean("black_or_african_american") }} as is_black,
            {{ parse_boolean("middle_eastern_or_north_african") }} as is_middle_eastern,
            {{ parse_boolean("native_hawaiian_or_other_pacific_islander") }} as is_pacific_islander,
            {{ parse_boolean("white") }} as is_white,
            {{ parse_boolean("demographic_race_two_or_more_races") }} as is_two_or_more_races,
            {{ parse_boolean("hispanic_or_latino_ethnicity") }} as is_hispanic,
            {{ is_taken_back("status") }} as is_deleted,
            -- dates
            {{ parse_date("birth_date") }} as birth_on,
            try_cast(date_last_modified as timestamp) as modified_at,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
