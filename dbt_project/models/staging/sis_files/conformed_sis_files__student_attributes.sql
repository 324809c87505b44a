with
    attributes as (select * from {{ ref("stg_sis_files__student_attributes") }}),

    race_labels as (select * from {{ ref("race_labels") }}),

    labels as (select * from {{ ref("student_attribute_labels") }}),

    final as (
        select
            'local' as person_namespace,
            attributes.student_number as person_id,
            race_labels.race_ethnicity,
            english_learner.is_in_group as is_english_learner,
            disability.is_in_group as has_disability,
            economic_disadvantage.is_in_group as is_economically_disadvantaged,
            'sis_files__student_attributes' as source_table,
            attributes.row_id,
            attributes.source_file,
            attributes.source_row,
            attributes.delivered_on
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
