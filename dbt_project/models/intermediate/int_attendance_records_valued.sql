with
    records as (
        select *
        from {{ ref("int_attendance_records_united") }}
        where person_id is not null and attendance_on is not null
    ),

    identities as (select * from {{ ref("int_student_identities") }}),

    final as (
        select
            {{ resolved_student_key("records", "identities") }} as student_key,
            {{ school_key("records.school_number") }} as school_key,
            records.attendance_on,
            {{ school_year_of_date("records.attendance_on") }} as school_year,
            records.record_basis,
            records.attendance_category,
            records.is_absent,
            records.is_tardy,
            cast(
                case
                    when records.is_absent
                    then coalesce(records.day_fraction, 1)
                    when not records.is_absent
                    then 0
                end as decimal(9, 4)
            ) as absent_fraction
        from records
        left join
            identities
            on records.person_namespace = identities.person_namespace
            and records.person_id = identities.person_id
    )

select *
from final
