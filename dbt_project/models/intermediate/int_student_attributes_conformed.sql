with
    attributes as (
        select *
        from {{ ref("stg_sis_files__student_attributes") }}
        where student_number is not null
        qualify
            row_number() over (
                partition by student_number
                order by delivered_on desc nulls last, source_file desc, source_row desc
            )
            = 1
    ),

    race_labels as (select * from {{ ref("race_labels") }}),

    labels as (select * from {{ ref("student_attribute_labels") }}),

    final as (
        select
            {{ student_key("attributes.student_number") }} as student_key,
            race_labels.race_ethnicity,
            english_learner.is_in_group as is_english_learner,
            disability.is_in_group as has_disability,
            economic_disadvantage.is_in_group as is_economically_disadvantaged
        from attributes
        left join race_labels using (race_label)
        left join
            labels as english_learner
            on english_learner.lens = 'english_learner'
            and english_learner.attribute_label = attributes.english_learner_label
        left join
            labels as disability
            on disability.lens = 'disability'
            and disability.attribute_label = attributes.disability_label
        left join
            labels as economic_disadvantage
            on economic_disadvantage.lens = 'economic_disadvantage'
            and economic_disadvantage.attribute_label = attributes.economic_disadvantage_label
    )

select *
from final
