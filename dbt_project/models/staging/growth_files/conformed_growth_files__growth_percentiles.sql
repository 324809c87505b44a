with
    percentiles as (select * from {{ ref("stg_growth_files__percentiles") }}),

    grade_levels as (select * from {{ ref("grade_levels") }}),

    final as (
        select
            case
                when percentiles.student_number is not null then 'local' else 'state'
            end as person_namespace,
            coalesce(percentiles.student_number, percentiles.state_student_id) as person_id,
            percentiles.school_number,
            percentiles.school_year,
            percentiles.subject,
            grade_levels.grade_level as tested_grade,
            cast(percentiles.growth_percentile as integer) as growth_percentile,
            -- What is no percentile says nothing about the growth that is needed; the student's own growth
            -- stands.
            case
                when
                    percentiles.adequate_percentile between 1 and 99
                    and percentiles.adequate_percentile = floor(percentiles.adequate_percentile)
                then cast(percentiles.adequate_percentile as integer)
            end as adequate_percentile,
            try_cast(
                nullif(regexp_extract(percentiles.prior_performance_level, '([0-9]+)', 1), '') as integer
            ) as prior_performance_level,
            percentiles.is_prior_proficient,
            'growth_files__percentiles' as source_table,
            percentiles.row_id,
            percentiles.source_file,
            percentiles.source_row,
            percentiles.delivered_on
        from percentiles
        left join grade_levels on percentiles.tested_grade_code = grade_levels.grade_code
    )

select *
from final
