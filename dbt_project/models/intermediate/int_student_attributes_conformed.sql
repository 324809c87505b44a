with
    attributes as (select * from {{ ref("int_student_attributes_united") }} where person_id is not null),

    identities as (select * from {{ ref("int_student_identities") }}),

    found as (
        select {{ resolved_student_key("attributes", "identities") }} as student_key, attributes.*
        from attributes
        left join
            identities
            on attributes.person_namespace = identities.person_namespace
            and attributes.person_id = identities.person_id
    ),

    final as (
        select student_key, race_ethnicity, is_english_learner, has_disability, is_economically_disadvantaged
        from found
        qualify
            row_number() over (
                partition by student_key
                order by delivered_on desc nulls last, source_system, source_file desc, source_row desc
            )
            = 1
    )

select *
from final
