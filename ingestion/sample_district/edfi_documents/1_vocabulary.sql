-- Words that every document shares: descriptors, references, and what the district's codes are called in Ed-Fi.
create macro edfi(descriptor, code) as 'uri://ed-fi.org/' || descriptor || 'Descriptor#' || code;

-- For what Ed-Fi's default sets have no word.
create macro own(descriptor, code) as 'uri://sample.example/' || descriptor || 'Descriptor#' || code;

create macro student(number) as {'studentUniqueId': number};

create macro staff_member(number) as {'staffUniqueId': number};

create macro school(id) as {'schoolId': id};

create macro organization(id) as {'educationOrganizationId': id};

create macro year_type(school_year) as {'schoolYear': school_year};

create macro program(name, type_code) as {
    'educationOrganizationId': district_id(), 'programName': name, 'programTypeDescriptor': edfi('ProgramType', type_code)
};

create macro session(school_id, school_year, name) as {
    'schoolId': school_id, 'schoolYear': school_year, 'sessionName': name
};

-- A field without a value is left out, as the API does; the first field of an object always has one.
create macro document(fields) as regexp_replace(cast(to_json(fields) as varchar), ',"\w+":null', '', 'g');

create table grade_names as
select *
from (
    values
        ('PK', 'Preschool/Prekindergarten'),
        ('KG', 'Kindergarten'),
        ('01', 'First grade'),
        ('02', 'Second grade'),
        ('03', 'Third grade'),
        ('04', 'Fourth grade'),
        ('05', 'Fifth grade'),
        ('06', 'Sixth grade'),
        ('07', 'Seventh grade'),
        ('08', 'Eighth grade'),
        ('09', 'Ninth grade'),
        ('10', 'Tenth grade'),
        ('11', 'Eleventh grade'),
        ('12', 'Twelfth grade')
) as names (grade, grade_name);

create table code_names as
select *
from (
    values
        ('day', 'instructional', edfi('CalendarEvent', 'Instructional day')),
        ('day', 'make_up', edfi('CalendarEvent', 'Make-up day')),
        ('day', 'holiday', edfi('CalendarEvent', 'Holiday')),
        ('day', 'teacher_only', edfi('CalendarEvent', 'Teacher only day')),
        ('day', 'weather', edfi('CalendarEvent', 'Weather day')),
        ('disability', 'SLD', edfi('Disability', 'Specific Learning Disability')),
        ('disability', 'SLI', edfi('Disability', 'Speech or Language Impairment')),
        ('disability', 'OHI', edfi('Disability', 'Other Health Impairment')),
        ('disability', 'AUT', edfi('Disability', 'Autism Spectrum Disorders')),
        ('disability', 'ED', edfi('Disability', 'Serious Emotional Disability')),
        ('disability', 'ID', edfi('Disability', 'Intellectual Disability')),
        ('disability', 'MD', edfi('Disability', 'Multiple Disabilities')),
        ('disability', 'HI', edfi('Disability', 'Hearing Impairment, including Deafness')),
        ('disability', 'OI', edfi('Disability', 'Orthopedic Impairment')),
        ('disability', 'VI', edfi('Disability', 'Visual Impairment, including Blindness')),
        ('sex', 'female', edfi('Sex', 'Female')),
        ('sex', 'male', edfi('Sex', 'Male')),
        ('sex', 'other', edfi('Sex', 'Non-binary')),
        ('attendance', 'EXC', edfi('AttendanceEventCategory', 'Excused Absence')),
        ('attendance', 'UNX', edfi('AttendanceEventCategory', 'Unexcused Absence')),
        ('attendance', 'TDY', edfi('AttendanceEventCategory', 'Tardy')),
        ('attendance', 'OSS', own('AttendanceEventCategory', 'Out of School Suspension')),
        ('attendance', 'ISS', own('AttendanceEventCategory', 'In School Suspension')),
        ('discipline', 'OSS', edfi('Discipline', 'Out of School Suspension')),
        ('discipline', 'ISS', edfi('Discipline', 'In School Suspension')),
        ('discipline', 'EXP', edfi('Discipline', 'Expulsion')),
        ('discipline', 'DET', own('Discipline', 'Detention')),
        ('meal', 'FREE', edfi('SchoolFoodServiceProgramService', 'Free Lunch')),
        ('meal', 'REDUCED', edfi('SchoolFoodServiceProgramService', 'Reduced Price Lunch')),
        ('meal', 'PAID', edfi('SchoolFoodServiceProgramService', 'Full Price Lunch')),
        ('night', 'DOUBLED_UP', edfi('HomelessPrimaryNighttimeResidence', 'Doubled-up')),
        ('night', 'SHELTER', edfi('HomelessPrimaryNighttimeResidence', 'Shelters')),
        ('night', 'HOTEL', edfi('HomelessPrimaryNighttimeResidence', 'Hotels/motels')),
        ('night', 'UNSHELTERED', edfi('HomelessPrimaryNighttimeResidence', 'Unsheltered')),
        ('not tested', 'ABSENT', edfi('ReasonNotTested', 'Absent')),
        ('not tested', 'REFUSED', edfi('ReasonNotTested', 'Refusal by parent')),
        ('not tested', 'MEDICAL', edfi('ReasonNotTested', 'Medical waiver')),
        ('subject', 'ELA', edfi('AcademicSubject', 'English Language Arts')),
        ('subject', 'MATH', edfi('AcademicSubject', 'Mathematics')),
        ('degree', 'Bachelor', edfi('LevelOfEducation', 'Bachelor''s')),
        ('degree', 'Master', edfi('LevelOfEducation', 'Master''s')),
        ('degree', 'Doctorate', edfi('LevelOfEducation', 'Doctorate')),
        ('certification', 'Standard', edfi('TeachingCredential', 'Regular/Standard')),
        ('certification', 'Provisional', edfi('TeachingCredential', 'Provisional')),
        ('certification', 'Emergency', edfi('TeachingCredential', 'Emergency')),
        ('session', 'Semester 1', edfi('Term', 'Fall Semester')),
        ('session', 'Semester 2', edfi('Term', 'Spring Semester')),
        ('session', 'Year', edfi('Term', 'Year Round')),
        ('period', 'Q1', edfi('GradingPeriod', 'First Nine Weeks')),
        ('period', 'S1', edfi('GradingPeriod', 'First Semester')),
        ('period', 'S2', edfi('GradingPeriod', 'Second Semester')),
        ('program', 'READ-T2', 'Remedial Education'),
        ('program', 'MATH-TUT', 'Remedial Education'),
        ('program', 'AFTER', 'Extended Day/Child Care Services'),
        ('program', 'ATT-MENTOR', 'Support'),
        ('program', 'ELD', 'English as a Second Language (ESL)'),
        ('program', 'BRIDGE9', 'Student Retention/Dropout Prevention')
) as names (code_set, code, descriptor);

create macro code_name(wanted_set, wanted_code) as (
    select descriptor from code_names where code_set = wanted_set and code = wanted_code
);

create table documents (resource varchar, document varchar);
