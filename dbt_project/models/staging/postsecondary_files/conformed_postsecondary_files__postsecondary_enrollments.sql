with
    records as (select * from {{ ref("stg_postsecondary_files__enrollments") }}),

    final as (
        select
            coalesce(institution_code, institution_name, '')
            || '|'
            || coalesce(cast(begins_on as varchar), '')
            || '|'
            || coalesce(cast(graduated_on as varchar), '') as record_id,
            case when student_id_type = 'state' then 'state' else 'local' end as person_namespace,
            student_id as person_id,
            is_found,
            searched_on,
            case when is_found then institution_code end as institution_code,
            case when is_found then institution_name end as institution_name,
            case
                when not is_found
                then null
                when institution_level in ('2-year', '4-year')
                then institution_level
                else 'other'
            end as institution_level,
            begins_on,
            ends_on,
            case
                when begins_on is null
                then null
                when enrollment_status_code = 'F'
                then 'full_time'
                when enrollment_status_code = 'Q'
                then 'three_quarter_time'
                when enrollment_status_code = 'H'
                then 'half_time'
                when enrollment_status_code = 'L'
                then 'less_than_half_time'
                when enrollment_status_code = 'A'
                then 'leave_of_absence'
                when enrollment_status_code = 'W'
                then 'withdrawn'
                when enrollment_status_code = 'D'
                then 'deceased'
                else 'other'
            end as enrollment_status,
            case when is_found then coalesce(has_graduated, graduated_on is not null) end as has_graduated,
            graduated_on,
            degree_title,
            'postsecondary_files__enrollments' as source_table,
            row_id,
            source_file,
            source_row,
            delivered_on
        from records
    )

select *
from final
