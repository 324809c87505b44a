insert into documents
select 'schoolYearTypes', document({
    'schoolYear': school_year,
    'currentSchoolYear': school_year = max(school_year) over (),
    'schoolYearDescription': (school_year - 1) || '-' || school_year
})
from school_years
where type = 'schoolYear'
order by school_year;

insert into documents
select 'localEducationAgencies', document({
    'localEducationAgencyId': district_id(),
    'categories': [{'educationOrganizationCategoryDescriptor': edfi('EducationOrganizationCategory', 'Local Education Agency')}],
    'localEducationAgencyCategoryDescriptor': edfi('LocalEducationAgencyCategory', 'Regular public school district'),
    'nameOfInstitution': name,
    'identificationCodes': case when standard() = 5 then [{
        'educationOrganizationIdentificationSystemDescriptor': edfi('EducationOrganizationIdentificationSystem', 'LEA'),
        'identificationCode': identifier
    }] end
})
from delivered_orgs
where type = 'district';

-- A school has the grades of its homerooms.
insert into documents
select 'schools', document({
    'schoolId': school_id,
    'educationOrganizationCategories': [
        {'educationOrganizationCategoryDescriptor': edfi('EducationOrganizationCategory', 'School')}
    ],
    'gradeLevels': (
        select list({'gradeLevelDescriptor': edfi('GradeLevel', grade_name)} order by grade)
        from grade_names
        where grade in (select grades from classes where classes.school_id = schools.school_id and classType = 'homeroom')
    ),
    'localEducationAgencyReference': {'localEducationAgencyId': district_id()},
    'nameOfInstitution': name,
    'identificationCodes': case when standard() = 5 then [{
        'educationOrganizationIdentificationSystemDescriptor': edfi('EducationOrganizationIdentificationSystem', 'School'),
        'identificationCode': school_number
    }] end
})
from schools
order by school_id;

insert into documents
select 'educationOrganizationIdentificationCodes', document({
    'educationOrganizationIdentificationSystemDescriptor': edfi('EducationOrganizationIdentificationSystem', system),
    'educationOrganizationReference': organization(id),
    'identificationCode': number
})
from (
    select 'LEA' as system, district_id() as id, identifier as number from delivered_orgs where type = 'district'
    union all
    select 'School', school_id, school_number from schools
)
where standard() >= 6
order by id;

insert into documents
select 'calendars', document({
    'calendarCode': 'School days',
    'schoolReference': school(school_id),
    'schoolYearTypeReference': year_type(school_year),
    'calendarTypeDescriptor': edfi('CalendarType', 'School')
})
from (select distinct school_id, school_year from calendar_days)
order by school_id, school_year;

insert into documents
select 'calendarDates', document({
    'calendarEvents': [{'calendarEventDescriptor': code_name('day', day_type)}],
    'date': date_on,
    'calendarReference': {'calendarCode': 'School days', 'schoolId': school_id, 'schoolYear': school_year}
})
from calendar_days
order by school_id, date_on;

create table sessions as
select
    schools.school_id,
    school_years.school_year,
    session_name,
    begins_on,
    ends_on,
    (
        select count(*)
        from calendar_days
        where calendar_days.school_id = schools.school_id and is_school_day and date_on between begins_on and ends_on
    ) as instructional_days
from school_years
cross join schools;

insert into documents
select 'sessions', document({
    'sessionName': session_name,
    'schoolReference': school(school_id),
    'schoolYearTypeReference': year_type(school_year),
    'beginDate': begins_on,
    'endDate': ends_on,
    'termDescriptor': code_name('session', session_name),
    'totalInstructionalDays': instructional_days
})
from sessions
order by school_id, begins_on, session_name;

-- No file dates the quarter; it is taken as the first half of the first semester.
create table grading_periods as
select school_id, school_year, 'S' || right(session_name, 1) as period_name, begins_on, ends_on, instructional_days
from sessions
where session_name like 'Semester %'
union all
select school_id, school_year, 'Q1', begins_on, begins_on + cast((ends_on - begins_on) // 2 as integer), instructional_days // 2
from sessions
where session_name = 'Semester 1';

insert into documents
select 'gradingPeriods', document({
    'gradingPeriodDescriptor': code_name('period', period_name),
    'gradingPeriodName': period_name,
    'schoolReference': school(school_id),
    'schoolYearTypeReference': year_type(school_year),
    'beginDate': begins_on,
    'endDate': ends_on,
    'totalInstructionalDays': instructional_days
})
from grading_periods
order by school_id, school_year, period_name;
