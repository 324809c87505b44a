create table status_programs as
select *
from (
    values
        ('EL', 'English Learner Services', 'English as a Second Language (ESL)'),
        ('IEP', 'Special Education', 'Special Education'),
        ('504', 'Section 504', 'Section 504 Placement'),
        ('MEAL', 'School Food Service', 'Student School Food Service'),
        ('HOMELESS', 'Homeless Services', 'Homeless'),
        ('MIGRANT', 'Migrant Education', 'Migrant Education'),
        ('GIFTED', 'Gifted and Talented', 'Gifted and Talented')
) as programs (program_code, program_name, program_type);

create table supports as
select distinct program_code, program_name, code_name('program', program_code) as program_type from delivered_programs;

insert into documents
select 'programs', document({
    'programName': program_name,
    'programTypeDescriptor': edfi('ProgramType', program_type),
    'educationOrganizationReference': organization(district_id()),
    'programId': program_code
})
from (select * from status_programs union all select * from supports)
order by program_code;

create table status_participations as
select
    statuses.*,
    organization(district_id()) as holder,
    program(program_name, program_type) as held_program,
    student(student_number) as participant
from statuses
inner join status_programs on program_code = status_type
order by begins_on, student_number;

insert into documents
select 'studentLanguageInstructionProgramAssociations', document({
    'beginDate': begins_on,
    'educationOrganizationReference': holder,
    'programReference': held_program,
    'studentReference': participant,
    'endDate': ends_on,
    'englishLearnerParticipation': status_code = 'EL',
    'programParticipationStatuses': [{
        'participationStatusDescriptor': own('ParticipationStatus', status_code),
        'statusBeginDate': begins_on,
        'statusEndDate': ends_on
    }]
})
from status_participations
where status_type = 'EL';

insert into documents
select 'studentSpecialEducationProgramAssociations', document({
    'beginDate': begins_on,
    'educationOrganizationReference': holder,
    'programReference': held_program,
    'studentReference': participant,
    'endDate': ends_on,
    'ideaEligibility': true,
    'iepBeginDate': begins_on,
    'iepEndDate': ends_on,
    'disabilities': case when disability is not null then [{'disabilityDescriptor': disability, 'orderOfDisability': 1}] end
})
from (select *, code_name('disability', status_code) as disability from status_participations)
where status_type = 'IEP';

-- Neither standard has a resource of its own for the gifted, nor data standard 5 for Section 504; the program's type
-- tells them from other programs.
insert into documents
select 'studentProgramAssociations', document({
    'beginDate': begins_on,
    'educationOrganizationReference': holder,
    'programReference': held_program,
    'studentReference': participant,
    'endDate': ends_on
})
from status_participations
where status_type = 'GIFTED' or status_type = '504' and standard() = 5;

insert into documents
select 'studentSection504ProgramAssociations', document({
    'beginDate': begins_on,
    'educationOrganizationReference': holder,
    'programReference': held_program,
    'studentReference': participant,
    'endDate': ends_on,
    'section504Eligibility': true
})
from status_participations
where status_type = '504' and standard() >= 6;

insert into documents
select 'studentSchoolFoodServiceProgramAssociations', document({
    'beginDate': begins_on,
    'educationOrganizationReference': holder,
    'programReference': held_program,
    'studentReference': participant,
    'endDate': ends_on,
    'schoolFoodServiceProgramServices': [{
        'schoolFoodServiceProgramServiceDescriptor': code_name('meal', status_code),
        'serviceBeginDate': begins_on,
        'serviceEndDate': ends_on
    }]
})
from status_participations
where status_type = 'MEAL';

insert into documents
select 'studentHomelessProgramAssociations', document({
    'beginDate': begins_on,
    'educationOrganizationReference': holder,
    'programReference': held_program,
    'studentReference': participant,
    'endDate': ends_on,
    'homelessPrimaryNighttimeResidenceDescriptor': code_name('night', status_code)
})
from status_participations
where status_type = 'HOMELESS';

insert into documents
select 'studentMigrantEducationProgramAssociations', document({
    'beginDate': begins_on,
    'educationOrganizationReference': holder,
    'programReference': held_program,
    'studentReference': participant,
    'endDate': ends_on,
    'lastQualifyingMove': begins_on,
    'priorityForServices': false
})
from status_participations
where status_type = 'MIGRANT';

create table support_participations as
select
    delivered_programs.student_id as student_number,
    schools.school_id,
    supports.program_name,
    supports.program_type,
    cast(begin_date as date) as begins_on,
    cast(end_date as date) as ends_on,
    cast(sessions_attended as integer) as sessions
from delivered_programs
inner join students on students.student_number = delivered_programs.student_id
inner join schools on schools.school_number = delivered_programs.school_id
inner join supports using (program_code);

insert into documents
select 'studentProgramAssociations', document({
    'beginDate': begins_on,
    'educationOrganizationReference': organization(school_id),
    'programReference': program(program_name, program_type),
    'studentReference': student(student_number),
    'endDate': ends_on
})
from support_participations
order by begins_on, student_number;

-- The file counts sessions without dating them; they are spread evenly over the participation, one a day at most.
insert into documents
select 'studentProgramAttendanceEvents', document({
    'attendanceEventCategoryDescriptor': edfi('AttendanceEventCategory', 'In Attendance'),
    'eventDate': begins_on + cast(turn * (ends_on - begins_on + 1) // sessions as integer),
    'educationOrganizationReference': organization(school_id),
    'programReference': program(program_name, program_type),
    'studentReference': student(student_number)
})
from (select *, unnest(range(sessions)) as turn from support_participations)
order by begins_on, student_number, turn;
