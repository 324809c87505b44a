with
    resolved as (select * from {{ ref("int_student_keys_resolved") }}),

    records as (
        select
            records.*,
            coalesce(resolved.resolved_key, records.own_key) as student_key,
            resolved.person_key is null as is_survivor
        from {{ ref("int_student_records_keyed") }} as records
        left join resolved on records.own_key = resolved.person_key
    ),

    -- Several records may be of one student: who they agree on speaks first, and then the first to know.
    ranked as (
        select
            student_key,
            student_number,
            first_value(state_student_id) over (
                partition by student_key
                order by (state_student_id is null), is_survivor desc, source_system, source_file, source_row
            ) as state_student_id,
            first_value(grade_level) over (
                partition by student_key
                order by (grade_level is null), is_survivor desc, source_system, source_file, source_row
            ) as current_grade_level,
            bool_or(has_enrollment) over (partition by student_key) as has_enrollment,
            bool_or(student_number is not null or is_split or has_enrollment) over (
                partition by student_key
            ) as is_in_a_roster,
            row_number() over (
                partition by student_key
                order by is_survivor desc, (student_number is null), source_system, source_file, source_row
            ) as preference
        from records
    ),

    final as (
        select student_key, student_number, state_student_id, current_grade_level, has_enrollment
        from ranked
        where preference = 1 and is_in_a_roster
    )

select *
from final
