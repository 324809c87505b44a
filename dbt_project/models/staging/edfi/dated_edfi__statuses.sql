{#- Programmes whose associations are statuses of their own kind; the code is the kind. -#}
{% set plain_programs = {
    "student_section504_program_associations": "504",
    "student_migrant_education_program_associations": "MIGRANT",
} %}

with
    language_instruction as (
        select * from {{ ref("stg_edfi__student_language_instruction_program_associations") }}
    ),

    food_service as (select * from {{ ref("stg_edfi__student_school_food_service_program_associations") }}),

    special_education as (
        select * from {{ ref("stg_edfi__student_special_education_program_associations") }}
    ),

    homeless as (select * from {{ ref("stg_edfi__student_homeless_program_associations") }}),

    programs as (select * from {{ ref("stg_edfi__student_program_associations") }}),

    associations as (select * from {{ ref("stg_edfi__student_education_organization_associations") }}),

    demographics as (select * from {{ ref("stg_edfi__student_demographics") }}),

    status_types as ({{ edfi_meanings("student_statuses.status_type") }}),

    status_codes as ({{ edfi_meanings("student_statuses.status_code") }}),

    disabilities as (
        select
            row_id,
            {{ json_text("disability", "disabilityDescriptor") }} as descriptor,
            try_cast({{ json_text("disability", "orderOfDisability") }} as integer) as place
        from
            (
                select row_id, {{ json_elements("disabilities") }} as disability from special_education
            ) as listed
    ),

    -- The first is the primary one; of those without a place, the first by code.
    primary_disabilities as (
        select disabilities.row_id, status_codes.meaning
        from disabilities
        inner join status_codes on lower(disabilities.descriptor) = status_codes.descriptor
        qualify
            row_number() over (
                partition by disabilities.row_id order by disabilities.place nulls last, status_codes.meaning
            )
            = 1
    ),

    language_statuses as (
        select *, {{ json_elements("program_participation_statuses") }} as status from language_instruction
    ),

    meals as (
        select *, {{ json_elements("school_food_service_program_services") }} as service from food_service
    ),

    from_programs as (
        select
            student_unique_id,
            'EL' as status_type,
            status_codes.meaning as status_code,
            coalesce({{ parse_date(json_text("status", "statusBeginDate")) }}, begins_on) as begins_on,
            coalesce({{ parse_date(json_text("status", "statusEndDate")) }}, ends_on) as ends_on,
            'edfi__student_language_instruction_program_associations' as source_table,
            row_id,
            source_file,
            source_row,
            delivered_on
        from language_statuses
        inner join
            status_codes
            on lower({{ json_text("status", "participationStatusDescriptor") }}) = status_codes.descriptor
        union all
        select
            student_unique_id,
            'EL',
            case
                when is_english_learner_participant
                then 'EL'
                when not is_english_learner_participant
                then 'RFEP'
            end,
            begins_on,
            ends_on,
            'edfi__student_language_instruction_program_associations',
            row_id,
            source_file,
            source_row,
            delivered_on
        from language_instruction
        where row_id not in (select row_id from language_statuses)
        union all
        select
            student_unique_id,
            'MEAL',
            status_codes.meaning,
            coalesce({{ parse_date(json_text("service", "serviceBeginDate")) }}, begins_on),
            coalesce({{ parse_date(json_text("service", "serviceEndDate")) }}, ends_on),
            'edfi__student_school_food_service_program_associations',
            row_id,
            source_file,
            source_row,
            delivered_on
        from meals
        inner join
            status_codes
            on lower({{ json_text("service", "schoolFoodServiceProgramServiceDescriptor") }})
            = status_codes.descriptor
        union all
        select
            homeless.student_unique_id,
            'HOMELESS',
            coalesce(status_codes.meaning, 'HOMELESS'),
            homeless.begins_on,
            homeless.ends_on,
            'edfi__student_homeless_program_associations',
            homeless.row_id,
            homeless.source_file,
            homeless.source_row,
            homeless.delivered_on
        from homeless
        left join
            status_codes
            on lower(homeless.homeless_primary_nighttime_residence_descriptor) = status_codes.descriptor
        union all
        select
            special_education.student_unique_id,
            'IEP',
            coalesce(primary_disabilities.meaning, 'IEP'),
            special_education.begins_on,
            special_education.ends_on,
            'edfi__student_special_education_program_associations',
            special_education.row_id,
            special_education.source_file,
            special_education.source_row,
            special_education.delivered_on
        from special_education
        left join primary_disabilities on special_education.row_id = primary_disabilities.row_id
        {% for association, status_type in plain_programs.items() %}
            union all
            select
                student_unique_id,
                '{{ status_type }}',
                '{{ status_type }}',
                begins_on,
                ends_on,
                'edfi__{{ association }}',
                row_id,
                source_file,
                source_row,
                delivered_on
            from {{ ref("stg_edfi__" ~ association) }}
        {% endfor %}
        union all
        -- A programme without an association of its own, such as Section 504 in data standard 5.
        select
            programs.student_unique_id,
            status_types.meaning,
            status_types.meaning,
            programs.begins_on,
            programs.ends_on,
            'edfi__student_program_associations',
            programs.row_id,
            programs.source_file,
            programs.source_row,
            programs.delivered_on
        from programs
        inner join status_types on lower(programs.program_type_descriptor) = status_types.descriptor
    ),

    described as (
        select
            student_unique_id,
            {{ json_elements("student_characteristics") }} as characteristic,
            'edfi__student_education_organization_associations' as source_table,
            row_id,
            source_file,
            source_row,
            delivered_on
        from associations
        union all
        select
            student_unique_id,
            {{ json_elements("student_characteristics") }},
            'edfi__student_demographics',
            row_id,
            source_file,
            source_row,
            delivered_on
        from demographics
    ),

    periods as (
        select *, {{ json_elements("json_extract_string(characteristic, '$.periods')") }} as period
        from described
    ),

    from_characteristics as (
        select
            periods.student_unique_id,
            status_types.meaning as status_type,
            case
                status_types.meaning when 'MEAL' then 'ECONOMIC DISADVANTAGED' else status_types.meaning
            end as status_code,
            {{ parse_date(json_text("periods.period", "beginDate")) }} as begins_on,
            {{ parse_date(json_text("periods.period", "endDate")) }} as ends_on,
            periods.source_table,
            periods.row_id,
            periods.source_file,
            periods.source_row,
            periods.delivered_on
        from periods
        inner join
            status_types
            on lower({{ json_text("periods.characteristic", "studentCharacteristicDescriptor") }})
            = status_types.descriptor
        -- Where a district keeps the programme itself, that is what counts; the characteristic only repeats
        -- it.
        where status_types.meaning not in (select status_type from from_programs)
    ),

    final as (
        select *
        from from_programs
        union all
        select *
        from from_characteristics
    )

select *
from final
