{#-
    A year's counts of known attendance days, for a GROUP BY over int_attendance_months_counted. `records_tardiness` says whether
    the months' school records late arrivals.
-#}
{% macro summarise_attendance_months() -%}
    cast(sum(membership_days) as bigint) as membership_days,
    cast(sum(membership_days) - sum(absent_days) as decimal(9, 4)) as attended_days,
    cast(sum(absent_days) as decimal(9, 4)) as absent_days,
    cast(sum(chronic_absent_days) as bigint) as chronic_absent_days,
    cast(sum(tardy_count) as bigint) as tardy_count,
    cast(sum(unexcused_days) as decimal(9, 4)) as unexcused_days,
    cast(sum(unspecified_days) as decimal(9, 4)) as unspecified_days,
    cast(
        coalesce(sum(membership_days) filter (where records_tardiness), 0) as bigint
    ) as tardy_membership_days
{%- endmacro %}
