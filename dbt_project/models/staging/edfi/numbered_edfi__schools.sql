with
    schools as (select * from {{ ref("stg_edfi__schools") }}),

    separate_codes as (select * from {{ ref("stg_edfi__education_organization_identification_codes") }}),

    systems as ({{ edfi_meanings("schools.school_number") }}),

    listed_codes as (select edfi_school_id, {{ json_elements("identification_codes") }} as code from schools),

    codes as (
        select
            edfi_school_id,
            {{ json_text("code", "educationOrganizationIdentificationSystemDescriptor") }}
            as system_descriptor,
            {{ json_text("code", "identificationCode") }} as identification_code
        from listed_codes
        union all
        select
            education_organization_id,
            education_organization_identification_system_descriptor,
            identification_code
        from separate_codes
    ),

    numbers as (
        select codes.edfi_school_id, min(trim(codes.identification_code)) as school_number
        from codes
        inner join systems on lower(codes.system_descriptor) = systems.descriptor
        group by codes.edfi_school_id
    ),

    final as (
        select
            schools.edfi_school_id,
            -- A district without numbers of its own is known by those of the state.
            coalesce(numbers.school_number, schools.edfi_school_id) as school_number
        from schools
        left join numbers using (edfi_school_id)
    )

select *
from final
