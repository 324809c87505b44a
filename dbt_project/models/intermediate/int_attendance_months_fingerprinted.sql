{#- Whose SQL decides what a month's rows are, given the same records, spells and calendar. -#}
{% set code = code_of(
    [
        "int_attendance_days_expected",
        "int_attendance_days_recorded",
        "int_attendance_days_shadowed",
        "fct_attendance_day",
        "int_attendance_months_counted",
    ]
) %}

with
    records as (select * from {{ ref("int_attendance_records_valued") }}),

    spells as (select * from {{ ref("fct_enrollment_spell") }}),

    feeds as (select * from {{ ref("int_attendance_feeds_dated") }}),

    school_days as (select * from {{ ref("dim_school_calendar") }} where is_school_day),

    school_months as (
        select
            school_days.school_key,
            school_days.school_year,
            {{ month_of("school_days.date_on") }} as attendance_month,
            least(max(school_days.date_on), any_value(feeds.latest_event_on)) as last_on,
            sum({{ row_fingerprint(["school_days.date_on"]) }}) as days_fingerprint
        from school_days
        inner join feeds using (school_key, school_year)
        where school_days.date_on <= feeds.latest_event_on
        group by school_days.school_key, school_days.school_year, {{ month_of("school_days.date_on") }}
    ),

    inputs as (
        select
            {{ month_of("attendance_on") }} as attendance_month,
            'record' as kind,
            {{
                row_fingerprint(
                    [
                        "student_key",
                        "school_key",
                        "attendance_on",
                        "record_basis",
                        "attendance_category",
                        "is_tardy",
                        "absent_fraction",
                    ]
                )
            }} as fingerprint
        from records
        union all
        select
            attendance_month,
            'school_days',
            {{ row_fingerprint(["school_key", "school_year", "days_fingerprint"]) }}
        from school_months
        union all
        -- A spell matters to a month by the part of it that lies there: an exit next month leaves this
        -- month as it is.
        select
            school_months.attendance_month,
            'spell',
            {{
                row_fingerprint(
                    [
                        "spells.student_key",
                        "spells.school_key",
                        "spells.school_year",
                        "spells.entry_on",
                        "least(spells.exit_on, school_months.last_on)",
                    ]
                )
            }}
        from spells
        inner join
            school_months
            on spells.school_key = school_months.school_key
            and spells.school_year = school_months.school_year
            and spells.entry_on <= school_months.last_on
            and spells.exit_on >= school_months.attendance_month
    ),

    sums as (
        select attendance_month, kind, count(*) as row_count, sum(fingerprint) as fingerprint
        from inputs
        group by attendance_month, kind
    ),

    final as (
        select
            attendance_month,
            md5(
                '{{ code }}' || string_agg(
                    kind || ':' || cast(row_count as varchar) || ':' || cast(fingerprint as varchar),
                    '|'
                    order by kind
                )
            ) as inputs_fingerprint
        from sums
        group by attendance_month
    )

select *
from final
