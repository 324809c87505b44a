{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        on_schema_change="append_new_columns",
        pre_hook="{{ delete_months(ref('fct_attendance_day')) }}",
    )
}}

{% set months = months_to_build(ref("fct_attendance_day")) %}

with
    days as (select * from {{ ref("fct_attendance_day") }} where {{ in_months("attendance_month", months) }}),

    final as (
        select
            student_key,
            school_key,
            school_year,
            attendance_month,
            is_district_record,
            inputs_fingerprint,
            -- A day whose code nobody could read has no fraction and counts on neither side.
            count(absent_fraction) as membership_days,
            cast(coalesce(sum(absent_fraction), 0) as decimal(9, 4)) as absent_days,
            cast(count(*) filter (where absent_fraction >= 0.5) as bigint) as chronic_absent_days,
            cast(count(*) filter (where is_tardy) as bigint) as tardy_count,
            cast(
                coalesce(
                    sum(absent_fraction) filter (where attendance_category = 'absent_unexcused'), 0
                ) as decimal(9, 4)
            ) as unexcused_days,
            cast(
                coalesce(
                    sum(absent_fraction) filter (where attendance_category = 'absent_unspecified'), 0
                ) as decimal(9, 4)
            ) as unspecified_days
        from days
        group by
            student_key, school_key, school_year, attendance_month, is_district_record, inputs_fingerprint
    )

select *
from final
