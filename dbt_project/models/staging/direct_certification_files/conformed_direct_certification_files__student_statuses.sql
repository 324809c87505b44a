with
    certifications as (select * from {{ ref("stg_direct_certification_files__certifications") }}),

    meanings as (select * from {{ ref("student_statuses") }} where status_type = 'DIRECT_CERTIFICATION'),

    final as (
        select
            case
                when certifications.student_number is not null then 'local' else 'state'
            end as person_namespace,
            coalesce(certifications.student_number, certifications.state_student_id) as person_id,
            'DIRECT_CERTIFICATION' as status_type,
            certifications.certification_type as status_code,
            'economic_disadvantage' as lens,
            meanings.is_in_group,
            meanings.status_group,
            certifications.certified_on as begins_on,
            -- An end that nobody gave is passed over.
            least(
                certifications.ends_on,
                {{ school_year_end(school_year_of_date("certifications.certified_on")) }}
            ) as ends_on,
            'direct_certification_files__certifications' as source_table,
            certifications.row_id,
            certifications.source_file,
            certifications.source_row,
            certifications.delivered_on
        from certifications
        left join meanings on certifications.certification_type = meanings.status_code
    )

select *
from final
