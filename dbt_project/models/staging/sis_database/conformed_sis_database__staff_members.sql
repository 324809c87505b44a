with
    staff as (select * from {{ ref("stg_sis_database__staff_members") }} where not is_deleted),

    final as (
        select
            'local' as person_namespace,
            staff.staff_number as person_id,
            staff.staff_number,
            staff.given_name,
            staff.family_name,
            staff.position,
            staff.hired_on,
            staff.left_on,
            staff.highest_degree,
            staff.certification,
            staff.years_experience_at_hire,
            staff.fte,
            'sis_database__staff_members' as source_table,
            staff.row_id,
            staff.source_file,
            staff.source_row,
            staff.delivered_on
        from staff
    )

select *
from final
