with
    accepted as ({{ accepted_rows("sis_database__student_demographics") }}),

    renamed as (
        select
            -- ids
            student_id,
            -- attributes
            {{ normalise_code("gender") }} as gender_code,
            {{ parse_boolean("hispanic_latino") }} as is_hispanic,
            {{ parse_boolean("american_indian_alaska_native") }} as is_american_indian,
            {{ parse_boolean("asian") }} as is_asian,
            {{ parse_boolean("black_african_american") }} as is_black,
            {{ parse_boolean("middle_eastern_north_african") }} as is_middle_eastern,
            {{ parse_boolean("native_hawaiian_pacific_islander") }} as is_pacific_islander,
            {{ parse_boolean("white") }} as is_white,
            {{ parse_boolean("two_or_more_races") }} as is_two_or_more_races,
            {{ soft_deleted("is_deleted") }} as is_deleted,
            -- dates
            {{ parse_date("birth_date") }} as birth_on,
            try_cast(updated_at as timestamp) as modified_at,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
