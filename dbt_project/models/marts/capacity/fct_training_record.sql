with
    records as (select * from {{ ref("int_training_records_united") }}),

    identities as (select * from {{ ref("int_staff_identities") }}),

    staff as (select * from {{ ref("dim_staff") }}),

    found as (
        select records.*, {{ resolved_staff_key("records", "identities") }} as staff_key
        from records
        left join
            identities
            on records.person_namespace = identities.person_namespace
            and records.person_id = identities.person_id
    ),

    numbered as (
        select
            *,
            row_number() over (
                partition by staff_key, course_code, enrolled_on, completed_on
                order by status, score, source_file, source_row
            ) as occurrence
        from found
    ),

    final as (
        select
            {{
                row_key(
                    "training_record",
                    ["numbered.staff_key", "course_code", "enrolled_on", "completed_on", "occurrence"],
                )
            }} as training_record_key,
            numbered.staff_key,
            {{ school_year_of_date("coalesce(numbered.enrolled_on, numbered.completed_on)") }} as school_year,
            numbered.course_code,
            numbered.course_title,
            numbered.status,
            numbered.status = 'completed' as is_completed,
            numbered.enrolled_on,
            numbered.completed_on,
            numbered.hours,
            case when numbered.status = 'completed' then numbered.hours else 0 end as hours_completed,
            numbered.score,
            staff.staff_key is not null as is_matched_to_staff
        from numbered
        left join staff on numbered.staff_key = staff.staff_key
    )

select *
from final
