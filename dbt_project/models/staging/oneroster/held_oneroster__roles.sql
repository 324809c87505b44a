with
    roles as (select * from {{ ref("stg_oneroster__roles") }} where not is_deleted),

    users as (select * from {{ ref("stg_oneroster__users") }} where not is_deleted),

    -- OneRoster 1.1 has no roles.csv: each person has one role, at each of the listed organisations.
    users_with_role as (
        select users.*
        from users
        left join (select distinct user_sourced_id from roles) as listed using (user_sourced_id)
        where users.role is not null and listed.user_sourced_id is null
    ),

    roles_of_users as (
        select
            user_sourced_id,
            role,
            unnest(string_split(coalesce(org_sourced_ids, primary_org_sourced_id, ''), ',')) as org_sourced_id
        from users_with_role
    ),

    final as (
        select user_sourced_id, role, org_sourced_id
        from roles
        union
        select user_sourced_id, role, nullif(trim(org_sourced_id), '') as org_sourced_id
        from roles_of_users
    )

select *
from final
