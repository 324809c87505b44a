with
    accepted as ({{ accepted_rows("edfi__student_school_associations") }}),

    renamed as (
        select
            -- ids
            trim(id) as resource_id,
            trim(student_unique_id) as student_unique_id,
            trim(school_id) as edfi_school_id,
            -- attributes
            {{ parse_school_year("school_year") }} as school_year,
            trim(exit_withdraw_type_descriptor) as exit_withdraw_type_descriptor,
            trim(entry_type_descriptor) as entry_type_descriptor,
            trim(entry_grade_level_descriptor) as entry_grade_level_descriptor,
            trim(enrollment_type_descriptor) as enrollment_type_descriptor,
            {{ parse_boolean("primary_school") }} as is_primary_school,
            {{ parse_boolean("repeat_grade_indicator") }} as is_repeating_grade,
            trim(calendar_code) as calendar_code,
            {{ parse_school_year("class_of_school_year") }} as class_of_school_year,
            -- measures
            try_cast(trim(full_time_equivalency) as decimal(12, 4)) as full_time_equivalency,
            -- dates
            {{ parse_date("entry_date") }} as entry_on,
            {{ parse_date("exit_withdraw_date") }} as exit_on,
            try_cast(trim(last_modified_date) as timestamp) as modified_at,
            -- landing
            _row_id as row_id,
            _source_file as source_file,
            _source_row as source_row,
            _delivered_on as delivered_on
        from accepted
    )

select *
from renamed
