with
    records as (select * from {{ ref("int_cohort_records_united") }} where person_id is not null),

    identities as (select * from {{ ref("int_student_identities") }}),

    found as (
        select
            records.*,
            {{ resolved_student_key("records", "identities") }} as student_key,
            {{ school_key("records.school_number") }} as school_key
        from records
        left join
            identities
            on records.person_namespace = identities.person_namespace
            and records.person_id = identities.person_id
    ),

    final as (
        select
            student_key,
            school_key,
            grade9_school_year,
            exited_on,
            exit_type,
            -- A diploma of the summer belongs to the school year that went before it.
            case
                when exited_on is not null
                then
                    cast(
                        extract(year from exited_on) + case
                            when
                                exited_on > make_date(
                                    cast(extract(year from exited_on) as integer),
                                    {{ var("last_day_of_summer")["month"] }},
                                    {{ var("last_day_of_summer")["day"] }}
                                )
                            then 1
                            else 0
                        end as integer
                    )
            end as exit_class_year
        from found
        -- Merged records are of one student: the latest exit speaks, and of the same the last delivered.
        qualify
            row_number() over (
                partition by student_key
                order by
                    exited_on desc nulls last,
                    delivered_on desc nulls last,
                    source_system,
                    source_file,
                    source_row desc
            )
            = 1
    )

select *
from final
