create table attendance as
select
    events.student_id as student_number,
    schools.school_id,
    days.school_year,
    days.date_on,
    events.attendance_code,
    cast(events.day_fraction as decimal(9, 4)) as day_fraction
from (select *, row_number() over () as line from delivered_attendance) as events
inner join schools on schools.school_number = events.school_id
inner join calendar_days as days
    on days.school_id = schools.school_id
    and days.date_on = try_cast(events.attendance_date as date)
    and days.is_school_day
where
    events.attendance_code in (select code from code_names where code_set = 'attendance')
    and (events.day_fraction is null or try_cast(events.day_fraction as decimal(9, 4)) between 0 and 1)
    and exists (
        select 1
        from memberships
        where
            memberships.student_number = events.student_id
            and memberships.school_id = schools.school_id
            and days.date_on between memberships.begins_on and memberships.ends_on
    )
qualify
    row_number() over (
        partition by events.student_id, schools.school_id, days.date_on, events.attendance_code order by line
    )
    = 1;

insert into documents
select 'studentSchoolAttendanceEvents', document({
    'attendanceEventCategoryDescriptor': code_names.descriptor,
    'eventDate': date_on,
    'schoolReference': school(attendance.school_id),
    'sessionReference': session(attendance.school_id, attendance.school_year, session_name),
    'studentReference': student(student_number),
    'eventDuration': day_fraction
})
from attendance
inner join code_names on code_set = 'attendance' and code = attendance_code
inner join school_years
    on school_years.type = 'semester' and date_on between school_years.begins_on and school_years.ends_on
order by date_on, attendance.school_id, student_number;

create table actions as
select
    discipline.*,
    schools.school_id as edfi_school_id,
    cast(incident_date as date) as incident_on,
    cast(action_begin_date as date) as begins_on,
    cast(duration_days as decimal(9, 4)) as duration,
    own('Behavior', behavior_code) as behavior
from delivered_discipline as discipline
inner join schools on schools.school_number = discipline.school_id
where
    action_code in (select code from code_names where code_set = 'discipline')
    and not (action_code in ('OSS', 'ISS') and duration_days is null)
    and exists (
        select 1
        from memberships
        where
            memberships.student_number = discipline.student_id
            and memberships.school_id = schools.school_id
            and cast(incident_date as date) between memberships.begins_on and memberships.ends_on
    );

insert into documents
select 'disciplineIncidents', document({
    'incidentIdentifier': incident_id,
    'schoolReference': school(edfi_school_id),
    'behaviors': list(distinct {'behaviorDescriptor': behavior}),
    'incidentDate': incident_on
})
from actions
group by incident_id, edfi_school_id, incident_on
order by incident_on, incident_id;

insert into documents
select 'studentDisciplineIncidentBehaviorAssociations', document({
    'behaviorDescriptor': behavior,
    'disciplineIncidentReference': {'incidentIdentifier': incident_id, 'schoolId': edfi_school_id},
    'studentReference': student(student_id),
    'disciplineIncidentParticipationCodes': [{
        'disciplineIncidentParticipationCodeDescriptor': edfi('DisciplineIncidentParticipationCode', 'Perpetrator')
    }]
})
from (select distinct incident_id, edfi_school_id, student_id, behavior, incident_on from actions)
order by incident_on, incident_id, student_id;

insert into documents
select 'disciplineActions', document({
    'disciplineActionIdentifier': action_id,
    'disciplineDate': begins_on,
    'disciplines': [{'disciplineDescriptor': code_name('discipline', action_code)}],
    'studentDisciplineIncidentBehaviorAssociations': [{
        'studentDisciplineIncidentBehaviorAssociationReference': {
            'behaviorDescriptor': behavior,
            'incidentIdentifier': incident_id,
            'schoolId': edfi_school_id,
            'studentUniqueId': student_id
        }
    }],
    'responsibilitySchoolReference': school(edfi_school_id),
    'studentReference': student(student_id),
    'disciplineActionLength': duration,
    'actualDisciplineActionLength': duration
})
from actions
order by begins_on, action_id;
