-- What the deliveries say once lines that contradict one another are left out. The `delivered_` views hold text.
create table schools as
select identifier as school_number, district_id() * 100000 + cast(identifier as bigint) as school_id, name, sourcedId as org_id
from delivered_orgs
where type = 'school';

create table school_years as
select
    sourcedId as session_id,
    cast(schoolYear as integer) as school_year,
    type,
    case when type = 'schoolYear' then 'Year' else title end as session_name,
    cast(startDate as date) as begins_on,
    cast(endDate as date) - 1 as ends_on
from delivered_academic_sessions;

-- Whoever has a student's role; lines of people without one belong to nobody.
create table students as
select
    users.identifier as student_number,
    users.sourcedId as user_id,
    users.givenName,
    users.middleName,
    users.familyName,
    users.username,
    users.email,
    regexp_extract(users.userIds, 'StateID:(\d+)', 1) as state_id,
    cast(demographics.birthDate as date) as birth_on,
    demographics.* exclude (sourcedId, status, dateLastModified, birthDate)
from delivered_users as users
inner join (select distinct userSourcedId from delivered_roles where role = 'student') as roles
    on roles.userSourcedId = users.sourcedId
inner join delivered_demographics as demographics on demographics.sourcedId = users.sourcedId
where users.identifier is not null and try_cast(demographics.birthDate as date) is not null;

create table classes as
select
    classes.sourcedId as class_id,
    classes.classType,
    classes.title,
    classes.grades,
    schools.school_id,
    school_years.school_year,
    courses.courseCode as course_code
from delivered_classes as classes
inner join schools on schools.org_id = classes.schoolSourcedId
inner join school_years on school_years.session_id = classes.termSourcedIds and school_years.type = 'schoolYear'
left join delivered_courses as courses on courses.sourcedId = classes.courseSourcedId
where classes.grades is not null;

create table seats as
select
    students.student_number,
    classes.class_id,
    classes.classType,
    classes.grades,
    classes.school_id,
    classes.school_year,
    classes.course_code,
    try_cast(enrollments.beginDate as date) as begins_on,
    -- OneRoster's end is the day after the last one.
    try_cast(enrollments.endDate as date) - 1 as ends_on
from delivered_enrollments as enrollments
inner join students on students.user_id = enrollments.userSourcedId
inner join classes on classes.class_id = enrollments.classSourcedId
where enrollments.role = 'student' and begins_on <= ends_on
qualify row_number() over (partition by enrollments.sourcedId) = 1;

create table memberships as select * exclude (class_id, classType, course_code) from seats where classType = 'homeroom';

create table calendar_days as
select distinct
    schools.school_id,
    cast(days.school_year as integer) as school_year,
    cast(days.calendar_date as date) as date_on,
    days.day_type,
    days.day_type in ('instructional', 'make_up') as is_school_day
from delivered_calendar as days
inner join schools on schools.school_number = days.school_id
where days.day_type in (select code from code_names where code_set = 'day');

create table statuses as
select
    statuses.student_id as student_number,
    statuses.status_type,
    statuses.status_code,
    try_cast(statuses.begin_date as date) as begins_on,
    try_cast(statuses.end_date as date) as ends_on
from delivered_statuses as statuses
inner join students on students.student_number = statuses.student_id
where begins_on is not null and (ends_on is null or begins_on <= ends_on);
