insert into documents
select 'students', document({
    'studentUniqueId': student_number,
    'birthDate': birth_on,
    'firstName': givenName,
    'middleName': middleName,
    'lastSurname': familyName
})
from students
order by student_number;

insert into documents
with
    closings as (
        select school_id, school_year, max(date_on) as last_day from calendar_days where is_school_day group by all
    )

select 'studentSchoolAssociations', document({
    'entryDate': begins_on,
    'schoolReference': school(school_id),
    'schoolYearTypeReference': year_type(school_year),
    'studentReference': student(student_number),
    'calendarReference': {'calendarCode': 'School days', 'schoolId': school_id, 'schoolYear': school_year},
    'entryGradeLevelDescriptor': edfi('GradeLevel', grade_name),
    'exitWithdrawDate': ends_on,
    'exitWithdrawTypeDescriptor': case
        when ends_on is null then null
        when ends_on >= last_day then edfi('ExitWithdrawType', 'End of school year')
        when lead(begins_on) over (partition by student_number, school_year order by begins_on) is not null
        then edfi('ExitWithdrawType', 'Transferred')
        else edfi('ExitWithdrawType', 'Withdrawn')
    end
})
from memberships
inner join grade_names on grade = grades
left join closings using (school_id, school_year)
order by begins_on, student_number;

create table race_lists as
select student_number, list({'raceDescriptor': edfi('Race', race)} order by race) as races
from (
    unpivot (
        select
            student_number,
            americanIndianOrAlaskaNative as "American Indian or Alaska Native",
            asian as "Asian",
            blackOrAfricanAmerican as "Black or African American",
            "metadata.middleEasternOrNorthAfrican" as "Middle Eastern or North African",
            nativeHawaiianOrOtherPacificIslander as "Native Hawaiian or Pacific Islander",
            white as "White"
        from students
    )
    on columns(* exclude (student_number)) into name race value flag
)
where flag = 'true'
group by student_number;

create table characteristic_lists as
select student_number, list({
    'studentCharacteristicDescriptor': edfi('StudentCharacteristic', characteristic), 'periods': periods
} order by characteristic) as characteristics
from (
    select
        student_number,
        case status_type
            when 'MEAL' then 'Economic Disadvantaged'
            when 'HOMELESS' then 'Homeless'
            when 'MILITARY' then 'Parent in Military'
            else 'Foster Care'
        end as characteristic,
        list({'beginDate': begins_on, 'endDate': ends_on} order by begins_on) as periods
    from statuses
    where status_code in ('FREE', 'REDUCED') or status_type in ('HOMELESS', 'FOSTER', 'MILITARY')
    group by all
)
group by student_number;

-- What data standard 5 keeps in the education organization association and data standard 6 in a resource of its own.
create table described_students as
select
    students.*,
    races,
    characteristics,
    case
        when english.status_code = 'EL' and english.ends_on is null then edfi('LimitedEnglishProficiency', 'Limited')
        when english.status_code is not null then edfi('LimitedEnglishProficiency', 'NotLimited')
    end as proficiency
from students
left join race_lists using (student_number)
left join characteristic_lists using (student_number)
left join (
    select student_number, status_code, ends_on
    from statuses
    where status_type = 'EL'
    qualify row_number() over (partition by student_number order by begins_on desc) = 1
) as english using (student_number);

insert into documents
select 'studentEducationOrganizationAssociations', document({
    'educationOrganizationReference': organization(district_id()),
    'studentReference': student(student_number),
    'electronicMails': [
        {'electronicMailTypeDescriptor': edfi('ElectronicMailType', 'Organization'), 'electronicMailAddress': email}
    ],
    'hispanicLatinoEthnicity': cast(hispanicOrLatinoEthnicity as boolean),
    'limitedEnglishProficiencyDescriptor': proficiency,
    'loginId': username,
    'races': races,
    'sexDescriptor': code_name('sex', sex),
    'studentCharacteristics': characteristics,
    'studentIdentificationCodes': [
        {
            'studentIdentificationSystemDescriptor': edfi('StudentIdentificationSystem', 'District'),
            'assigningOrganizationIdentificationCode': cast(district_id() as varchar),
            'identificationCode': student_number
        },
        {
            'studentIdentificationSystemDescriptor': edfi('StudentIdentificationSystem', 'State'),
            'assigningOrganizationIdentificationCode': 'State',
            'identificationCode': state_id
        }
    ]
})
from described_students
where standard() = 5
order by student_number;

insert into documents
select 'studentEducationOrganizationAssociations', document({
    'educationOrganizationReference': organization(district_id()),
    'studentReference': student(student_number),
    'loginId': username
})
from students
where standard() >= 6
order by student_number;

insert into documents
select 'studentDemographics', document({
    'educationOrganizationReference': organization(district_id()),
    'studentReference': student(student_number),
    'hispanicLatinoEthnicity': cast(hispanicOrLatinoEthnicity as boolean),
    'limitedEnglishProficiencyDescriptor': proficiency,
    'races': races,
    'sexDescriptor': code_name('sex', sex),
    'studentCharacteristics': characteristics
})
from described_students
where standard() >= 6
order by student_number;

insert into documents
select 'studentIdentificationCodes', document({
    'studentIdentificationSystemDescriptor': edfi('StudentIdentificationSystem', system),
    'educationOrganizationReference': organization(district_id()),
    'studentReference': student(student_number),
    'identificationCode': code
})
from (
    select student_number, 'District' as system, student_number as code from students
    union all
    select student_number, 'State', state_id from students
)
where standard() >= 6
order by student_number, system;

insert into documents
select 'studentDirectories', document({
    'educationOrganizationReference': organization(district_id()),
    'studentReference': student(student_number),
    'electronicMails': [
        {'electronicMailTypeDescriptor': edfi('ElectronicMailType', 'Organization'), 'electronicMailAddress': email}
    ]
})
from students
where standard() >= 6
order by student_number;
