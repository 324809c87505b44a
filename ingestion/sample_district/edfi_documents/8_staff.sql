create table credentials as
select *, {
    'credentialIdentifier': staff_id || '-TEACHING',
    'stateOfIssueStateAbbreviationDescriptor': edfi('StateAbbreviation', 'IL')
} as reference
from delivered_staff
where certification is not null;

insert into documents
select 'credentials', document({
    'credentialIdentifier': reference.credentialIdentifier,
    'stateOfIssueStateAbbreviationDescriptor': reference.stateOfIssueStateAbbreviationDescriptor,
    'credentialTypeDescriptor': edfi('CredentialType', 'Certification'),
    'issuanceDate': hire_date,
    'namespace': 'uri://sample.example/credential',
    'teachingCredentialDescriptor': code_name('certification', certification)
})
from credentials
order by staff_id;

insert into documents
select 'staffs', document({
    'staffUniqueId': staff_id,
    'credentials': case when reference is not null then [{'credentialReference': reference}] end,
    'electronicMails': case when standard() = 5 then [
        {'electronicMailTypeDescriptor': edfi('ElectronicMailType', 'Work'), 'electronicMailAddress': email}
    ] end,
    'firstName': first_name,
    'lastSurname': last_name,
    'highestCompletedLevelOfEducationDescriptor': code_name('degree', highest_degree),
    'yearsOfPriorProfessionalExperience': cast(years_experience_at_hire as decimal(9, 2))
})
from delivered_staff
left join credentials using (staff_id, email, first_name, last_name, highest_degree, years_experience_at_hire)
order by staff_id;

insert into documents
select 'staffEducationOrganizationEmploymentAssociations', document({
    'employmentStatusDescriptor': edfi(
        'EmploymentStatus', case when cast(fte as double) < 1 then 'Employed part-time' else 'Tenured or permanent' end
    ),
    'hireDate': hire_date,
    'educationOrganizationReference': organization(district_id()),
    'staffReference': staff_member(staff_id),
    'endDate': termination_date,
    'fullTimeEquivalency': cast(fte as decimal(9, 4))
})
from delivered_staff
order by staff_id;

insert into documents
select 'staffEducationOrganizationAssignmentAssociations', document({
    'beginDate': begin_date,
    'staffClassificationDescriptor': edfi('StaffClassification', job_title),
    'educationOrganizationReference': organization(schools.school_id),
    'staffReference': staff_member(staff_id),
    'endDate': end_date,
    'fullTimeEquivalency': cast(fte as decimal(9, 4)),
    'positionTitle': job_title
})
from delivered_assignments
inner join schools on schools.school_number = delivered_assignments.school_id
order by begin_date, staff_id;
