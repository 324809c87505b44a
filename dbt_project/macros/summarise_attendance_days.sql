{#-
    Counts of known attendance days, for a GROUP BY over fct_attendance_day. A day whose code nobody could read has no
    absent_fraction and counts on neither side. `records_tardiness` says whether the day's school records late arrivals.
-#}
{% macro summarise_attendance_days() -%}
    count(absent_fraction) as membership_days,
    cast(count(absent_fraction) - sum(absent_fraction) as decimal(9, 4)) as attended_days,
    cast(sum(absent_fraction) as decimal(9, 4)) as absent_days,
    cast(count(*) filter (where absent_fraction >= 0.5) as bigint) as chronic_absent_days,
    cast(count(*) filter (where is_tardy) as bigint) as tardy_count,
    cast(
        coalesce(sum(absent_fraction) filter (where attendance_category = 'absent_unexcused'), 0) as decimal(
            9, 4
        )
    ) as unexcused_days,
    cast(
        coalesce(
            sum(absent_fraction) filter (where attendance_category = 'absent_unspecified'), 0
        ) as decimal(9, 4)
    ) as unspecified_days,
    count(absent_fraction) filter (where records_tardiness) as tardy_membership_days
{%- endmacro %}
