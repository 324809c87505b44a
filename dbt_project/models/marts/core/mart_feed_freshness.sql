with
    events as (select * from {{ ref("int_feed_events_counted") }}),

    schools as (select * from {{ ref("dim_school") }}),

    calendar as (select * from {{ ref("dim_school_calendar") }} where is_school_day),

    expectations as (
        select *, system || '__' || entity as source_table from {{ source("landing", "_expectations") }}
    ),

    as_of as (
        select coalesce(max(noted_at), cast(current_timestamp as timestamp)) as as_of from expectations
    ),

    -- Volume: the lines of the latest delivery of each file beside the median of four weeks before it.
    deliveries as (
        select
            system || '__' || entity as source_table,
            -- What a bulk delivery replaces is the table, whatever its file is called.
            case when delivery_mode = 'bulk' then '' else source_file end as replaced,
            delivered_on,
            loaded_at,
            file_rows,
            file_sha256,
            row_number() over (
                partition by system, entity, case when delivery_mode = 'bulk' then '' else source_file end
                order by loaded_at desc
            ) as age
        from {{ source("landing", "_deliveries") }}
    ),

    usual as (
        select
            latest.source_table,
            latest.replaced,
            percentile_disc(0.5) within group (order by earlier.file_rows) as usual_rows
        from deliveries as latest
        inner join
            deliveries as earlier
            on latest.source_table = earlier.source_table
            and latest.replaced = earlier.replaced
            and earlier.age > 1
            and earlier.file_sha256 <> latest.file_sha256
            and earlier.loaded_at >= latest.loaded_at - interval 28 day
        where latest.age = 1
        group by latest.source_table, latest.replaced
    ),

    volumes as (
        select
            deliveries.source_table,
            max(deliveries.delivered_on) as latest_delivery_on,
            cast(sum(deliveries.file_rows) as bigint) as rows_delivered,
            -- A file without a history is as large as it usually is.
            cast(
                case
                    when count(usual.usual_rows) > 0
                    then sum(coalesce(usual.usual_rows, deliveries.file_rows))
                end as bigint
            ) as rows_usual
        from deliveries
        left join usual using (source_table, replaced)
        where deliveries.age = 1
        group by deliveries.source_table
    ),

    events_of_district as (
        select
            source_table,
            min(concept) as concept,
            max(latest_event_on) as latest_event_on,
            sum(records_with_known_arrival) as records_with_known_arrival,
            sum(records_arrived_late) as records_arrived_late
        from events
        group by source_table
    ),

    tables as (
        select source_table
        from volumes
        union
        select source_table
        from events_of_district
        union
        select source_table
        from expectations
        where every is not null
    ),

    schools_expected as (
        select expectations.source_table, schools.school_number
        from expectations
        cross join schools
        where expectations.is_per_school and schools.is_in_roster
        union
        select source_table, school_number
        from events
        where school_number is not null
    ),

    feeds as (
        select
            tables.source_table,
            'district' as scope,
            'district' as school_number,
            events_of_district.concept,
            events_of_district.latest_event_on,
            volumes.latest_delivery_on,
            events_of_district.records_with_known_arrival,
            events_of_district.records_arrived_late
        from tables
        left join volumes using (source_table)
        left join events_of_district using (source_table)
        union all
        select
            schools_expected.source_table,
            'school',
            schools_expected.school_number,
            events_of_district.concept,
            events.latest_event_on,
            events.latest_delivery_on,
            events.records_with_known_arrival,
            events.records_arrived_late
        from schools_expected
        left join
            events
            on schools_expected.source_table = events.source_table
            and schools_expected.school_number = events.school_number
        left join events_of_district on schools_expected.source_table = events_of_district.source_table
    ),

    -- A yearly delivery that comes within the month before its day is that year's.
    dated as (
        select
            feeds.*,
            expectations.due_on,
            cast({{ dbt.dateadd("day", 30, "feeds.latest_delivery_on") }} as date) as counts_as_on
        from feeds
        left join expectations using (source_table)
    ),

    timed as (
        select
            dated.*,
            cast(
                cast(extract(year from dated.counts_as_on) as integer) + case
                    when substr(cast(dated.counts_as_on as varchar), 6) >= dated.due_on then 1 else 0
                end as varchar
            ) as due_year,
            as_of.as_of,
            case
                when dated.scope = 'district' or expectations.is_per_school then expectations.every
            end as every,
            expectations.due_at,
            expectations.grace_days,
            -- The day up to which the feed is known; where nothing ever came, the year is still to come.
            coalesce(
                case when dated.concept is null then dated.latest_delivery_on else dated.latest_event_on end,
                {{ school_year_start(school_year_of_date("as_of.as_of")) }}
            ) as known_until_on
        from dated
        cross join as_of
        left join expectations using (source_table)
    ),

    -- The district is in session when any of its schools is.
    school_days as (
        select schools.school_number, calendar.date_on
        from calendar
        inner join schools using (school_key)
        union
        select 'district', date_on
        from calendar
    ),

    days_after as (
        select
            timed.source_table,
            timed.school_number,
            school_days.date_on,
            row_number() over (
                partition by timed.source_table, timed.school_number order by school_days.date_on
            ) as position
        from timed
        inner join
            school_days
            on timed.school_number = school_days.school_number
            and timed.known_until_on < school_days.date_on
    ),

    days_counted as (
        select
            timed.source_table,
            timed.school_number,
            count(*) filter (where days_after.date_on < cast(timed.as_of as date)) as school_days_since,
            min(days_after.date_on) filter (
                where days_after.position = timed.grace_days + 1
            ) as last_day_of_grace_on
        from timed
        inner join days_after using (source_table, school_number)
        group by timed.source_table, timed.school_number
    ),

    due as (
        select
            timed.*,
            coalesce(days_counted.school_days_since, 0) as school_days_since,
            case
                timed.every
                when 'school_day'
                then cast({{ dbt.dateadd("day", 1, "days_counted.last_day_of_grace_on") }} as date)
                when 'week'
                then
                    cast({{ dbt.dateadd("day", "7 + timed.grace_days", "timed.latest_delivery_on") }} as date)
                when 'month'
                then
                    cast(
                        {{
                            dbt.dateadd(
                                "day",
                                "timed.grace_days",
                                dbt.dateadd("month", 1, "timed.latest_delivery_on"),
                            )
                        }} as date
                    )
                when 'year'
                then
                    cast(
                        {{
                            dbt.dateadd(
                                "day",
                                "timed.grace_days",
                                "cast(timed.due_year || '-' || timed.due_on as date)",
                            )
                        }} as date
                    )
            end as due_date
        from timed
        left join days_counted using (source_table, school_number)
    ),

    resumed as (
        select due.source_table, due.school_number, min(school_days.date_on) as in_session_on
        from due
        inner join
            school_days
            on due.school_number = school_days.school_number
            and due.due_date <= school_days.date_on
        group by due.source_table, due.school_number
    ),

    judged as (
        select
            due.*,
            cast(cast(due.due_date as varchar) || ' ' || due.due_at || ':00' as timestamp) as expected_by,
            -- Nothing is late over a vacation: a week or a month runs on until school is in session.
            due.every not in ('week', 'month')
            or not exists (select 1 from calendar)
            or coalesce(resumed.in_session_on < cast(due.as_of as date), false) as is_in_session
        from due
        left join resumed using (source_table, school_number)
    ),

    final as (
        select
            source_table,
            scope,
            case when scope = 'school' then {{ school_key("school_number") }} end as school_key,
            school_number,
            concept,
            latest_event_on,
            judged.latest_delivery_on,
            cast(school_days_since as bigint) as school_days_since,
            every as expected_every,
            expected_by,
            case
                when every is not null then coalesce(expected_by < as_of and is_in_session, false)
            end as is_late,
            cast(
                case
                    when expected_by < as_of and is_in_session
                    then {{ dbt.datediff("expected_by", "as_of", "day") }}
                    else 0
                end as bigint
            ) as days_late,
            cast(coalesce(records_with_known_arrival, 0) as bigint) as records_with_known_arrival,
            cast(coalesce(records_arrived_late, 0) as bigint) as records_arrived_late,
            case when scope = 'district' then volumes.rows_delivered end as rows_delivered,
            case when scope = 'district' then volumes.rows_usual end as rows_usual,
            as_of
        from judged
        left join volumes using (source_table)
    )

select *
from final
