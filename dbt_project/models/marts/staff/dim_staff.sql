with
    staff as (select * from {{ ref("int_staff_members_united") }} where staff_number is not null),

    final as (
        select
            {{ staff_key("staff_number") }} as staff_key,
            staff_number,
            position,
            hired_on,
            left_on,
            highest_degree,
            certification,
            years_experience_at_hire,
            fte
        from staff
        qualify
            row_number() over (
                partition by staff_number
                order by
                    case when hired_on is null then 1 else 0 end,
                    delivered_on desc nulls last,
                    source_system,
                    source_row desc
            )
            = 1
    )

select *
from final
