{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        on_schema_change="append_new_columns",
        pre_hook="{{ delete_months(ref('int_attendance_months_fingerprinted')) }}",
    )
}}

{% set months = months_to_build(ref("int_attendance_months_fingerprinted")) %}

with
    fingerprints as (select * from {{ ref("int_attendance_months_fingerprinted") }}),

    expected as (
        select * from {{ ref("int_attendance_days_expected") }} where {{ in_months("attendance_on", months) }}
    ),

    recorded as (
        select * from {{ ref("int_attendance_days_recorded") }} where {{ in_months("attendance_on", months) }}
    ),

    shadowed as (
        select * from {{ ref("int_attendance_days_shadowed") }} where {{ in_months("attendance_on", months) }}
    ),

    filled_days as (
        select
            expected.student_key,
            expected.school_key,
            expected.attendance_on,
            expected.school_year,
            'exceptions' as record_basis,
            coalesce(recorded.attendance_category, 'present') as attendance_category,
            case
                when recorded.student_key is null then cast(0 as decimal(9, 4)) else recorded.absent_fraction
            end as absent_fraction,
            coalesce(recorded.is_tardy, false) as is_tardy
        from expected
        left join
            recorded
            on expected.student_key = recorded.student_key
            and expected.school_key = recorded.school_key
            and expected.attendance_on = recorded.attendance_on
        where recorded.record_basis is distinct from 'every_day'
    ),

    days as (
        select *
        from filled_days
        union all
        select
            student_key,
            school_key,
            attendance_on,
            school_year,
            record_basis,
            attendance_category,
            absent_fraction,
            is_tardy
        from recorded
        where record_basis = 'every_day'
    ),

    final as (
        select
            days.*,
            shadowed.student_key is null as is_district_record,
            {{ month_of("days.attendance_on") }} as attendance_month,
            fingerprints.inputs_fingerprint
        from days
        left join fingerprints on {{ month_of("days.attendance_on") }} = fingerprints.attendance_month
        left join
            shadowed
            on days.student_key = shadowed.student_key
            and days.school_key = shadowed.school_key
            and days.attendance_on = shadowed.attendance_on
    )

select *
from final
