with
    records as (select * from {{ ref("int_staff_records_keyed") }}),

    resolved as (select * from {{ ref("int_staff_keys_resolved") }}),

    rostered as (select * from {{ ref("int_staff_rostered") }}),

    ranked as (
        select
            coalesce(resolved.resolved_key, records.own_key) as person_key,
            records.*,
            -- Of records that were merged the survivor's speak first.
            row_number() over (
                partition by coalesce(resolved.resolved_key, records.own_key)
                order by
                    case when resolved.person_key is null then 0 else 1 end,
                    case when records.hired_on is null then 1 else 0 end,
                    records.delivered_on desc nulls last,
                    records.source_system,
                    records.source_row desc
            ) as preference
        from records
        left join resolved on records.own_key = resolved.person_key
    ),

    final as (
        select
            rostered.staff_key,
            ranked.staff_number,
            ranked.position,
            ranked.hired_on,
            ranked.left_on,
            ranked.highest_degree,
            ranked.certification,
            ranked.years_experience_at_hire,
            ranked.fte
        from ranked
        inner join rostered on ranked.person_key = rostered.staff_key
        where ranked.preference = 1
    )

select *
from final
