with
    assignments as (select * from {{ ref("int_staff_assignments_united") }}),

    identities as (select * from {{ ref("int_staff_identities") }}),

    staff as (select * from {{ ref("dim_staff") }}),

    found as (
        select assignments.*, {{ resolved_staff_key("assignments", "identities") }} as staff_key
        from assignments
        left join
            identities
            on assignments.person_namespace = identities.person_namespace
            and assignments.person_id = identities.person_id
    ),

    numbered as (
        select
            *,
            row_number() over (
                partition by staff_key, school_number, school_year, job_title, begins_on
                order by ends_on, fte, source_file, source_row
            ) as occurrence
        from found
    ),

    final as (
        select
            {{
                row_key(
                    "staff_assignment",
                    [
                        "numbered.staff_key",
                        "school_number",
                        "school_year",
                        "job_title",
                        "begins_on",
                        "occurrence",
                    ],
                )
            }} as staff_assignment_key,
            numbered.staff_key,
            {{ school_key("numbered.school_number") }} as school_key,
            numbered.school_year,
            numbered.job_title,
            numbered.fte,
            numbered.begins_on,
            numbered.ends_on,
            staff.staff_key is not null as is_matched_to_staff
        from numbered
        left join staff on numbered.staff_key = staff.staff_key
    )

select *
from final
