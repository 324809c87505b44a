insert into documents
select 'courses', document({
    'courseCode': course_code,
    'identificationCodes': [{
        'courseIdentificationSystemDescriptor': edfi('CourseIdentificationSystem', 'LEA course code'),
        'identificationCode': course_code
    }],
    'educationOrganizationReference': organization(district_id()),
    'courseTitle': title,
    'numberOfParts': 1
})
from (select courseCode as course_code, any_value(title) as title from delivered_courses group by all)
order by course_code;

create table sections as
select *, {
    'localCourseCode': course_code,
    'schoolId': school_id,
    'schoolYear': school_year,
    'sectionIdentifier': class_id,
    'sessionName': 'Year'
} as reference
from classes
where classType = 'scheduled' and course_code is not null;

insert into documents
select 'courseOfferings', document({
    'localCourseCode': course_code,
    'courseReference': {'courseCode': course_code, 'educationOrganizationId': district_id()},
    'schoolReference': school(school_id),
    'sessionReference': session(school_id, school_year, 'Year')
})
from (select distinct course_code, school_id, school_year from sections)
order by school_id, school_year, course_code;

insert into documents
select 'sections', document({
    'sectionIdentifier': class_id,
    'courseOfferingReference': {
        'localCourseCode': course_code, 'schoolId': school_id, 'schoolYear': school_year, 'sessionName': 'Year'
    },
    'sectionName': title
})
from sections
order by school_id, school_year, class_id;

insert into documents
select 'studentSectionAssociations', document({
    'beginDate': begins_on,
    'sectionReference': reference,
    'studentReference': student(student_number),
    'endDate': ends_on,
    'homeroomIndicator': false
})
from seats
inner join sections using (class_id)
order by begins_on, student_number, class_id;

create table marks as
select
    grades.student_id as student_number,
    grades.term,
    grades.letter_mark,
    cast(grades.numeric_mark as decimal(9, 4)) as numeric_mark,
    cast(grades.is_final as boolean) as is_final,
    cast(grades.credits_attempted as decimal(9, 4)) as attempted,
    cast(grades.credits_earned as decimal(9, 4)) as earned,
    sections.*,
    seats.begins_on
from delivered_grades as grades
inner join sections on sections.class_id = grades.section_id
inner join seats on seats.class_id = grades.section_id and seats.student_number = grades.student_id
qualify row_number() over (partition by grades.mark_id order by seats.begins_on) = 1;

insert into documents
select 'grades', document({
    'gradeTypeDescriptor': edfi('GradeType', case when is_final then 'Semester' else 'Grading Period' end),
    'gradingPeriodReference': {
        'gradingPeriodDescriptor': code_name('period', term),
        'gradingPeriodName': term,
        'schoolId': school_id,
        'schoolYear': school_year
    },
    'studentSectionAssociationReference': {
        'beginDate': begins_on,
        'localCourseCode': course_code,
        'schoolId': school_id,
        'schoolYear': school_year,
        'sectionIdentifier': class_id,
        'sessionName': 'Year',
        'studentUniqueId': student_number
    },
    'letterGradeEarned': letter_mark,
    'numericGradeEarned': numeric_mark
})
from marks
order by school_year, term, student_number, class_id;

-- Credits stand in the transcript, of which only final marks are part.
create table transcripts as
select *, code_name('session', 'Semester ' || right(term, 1)) as term_name
from marks
where is_final
qualify row_number() over (partition by student_number, school_id, school_year, term, course_code order by begins_on) = 1;

insert into documents
select 'studentAcademicRecords', document({
    'termDescriptor': term_name,
    'educationOrganizationReference': organization(school_id),
    'schoolYearTypeReference': year_type(school_year),
    'studentReference': student(student_number),
    'sessionAttemptedCredits': sum(attempted),
    'sessionEarnedCredits': sum(earned)
})
from transcripts
group by student_number, school_id, school_year, term_name
order by school_year, term_name, student_number, school_id;

insert into documents
select 'courseTranscripts', document({
    'courseAttemptResultDescriptor': edfi('CourseAttemptResult', case when earned > 0 then 'Pass' else 'Fail' end),
    'courseReference': {'courseCode': course_code, 'educationOrganizationId': district_id()},
    'studentAcademicRecordReference': {
        'educationOrganizationId': school_id,
        'schoolYear': school_year,
        'studentUniqueId': student_number,
        'termDescriptor': term_name
    },
    'attemptedCredits': attempted,
    'earnedCredits': earned,
    'finalLetterGradeEarned': letter_mark,
    'finalNumericGradeEarned': numeric_mark,
    'sections': [{'sectionReference': reference}]
})
from transcripts
order by school_year, term, student_number, course_code;

insert into documents
select 'assessments', document({
    'assessmentIdentifier': 'STATE-' || subject,
    'namespace': 'uri://sample.example/assessment',
    'academicSubjects': case when standard() = 5 then [{'academicSubjectDescriptor': code_name('subject', subject)}] end,
    'academicSubjectDescriptor': case when standard() >= 6 then code_name('subject', subject) end,
    'assessmentCategoryDescriptor': edfi('AssessmentCategory', 'State summative assessment 3-8 general'),
    'assessmentFamily': 'STATE',
    'assessmentTitle': 'State Summative Assessment ' || subject
})
from (select distinct subject from delivered_state_assessment)
where code_name('subject', subject) is not null
order by subject;

create table results as
select
    tests.*,
    students.student_number,
    schools.school_id,
    cast(strptime(test_date, '%m/%d/%Y') as date) as tested_on,
    code_name('not tested', test_status) as reason,
    grade_name
from (select *, row_number() over () as line from delivered_state_assessment) as tests
inner join students on students.state_id = tests.ssid
inner join schools on schools.school_number = tests.school_code
inner join grade_names on grade = tested_grade
where
    (test_status = 'VALID' or reason is not null)
    and (scale_score is null or cast(scale_score as integer) between 2000 and 3000)
-- A second line of the same test contradicts the first or repeats it.
qualify row_number() over (partition by tests.ssid, admin_year, "window", subject order by line) = 1;

insert into documents
select 'studentAssessments', document({
    'studentAssessmentIdentifier': record_id,
    'assessmentReference': {
        'assessmentIdentifier': 'STATE-' || subject, 'namespace': 'uri://sample.example/assessment'
    },
    'reportedSchoolReference': school(school_id),
    'schoolYearTypeReference': year_type(cast(admin_year as integer)),
    'studentReference': student(student_number),
    'administrationDate': strftime(tested_on, '%Y-%m-%dT00:00:00Z'),
    'performanceLevels': case when performance_level is not null then [{
        'assessmentReportingMethodDescriptor': edfi('AssessmentReportingMethod', 'Proficiency level'),
        'performanceLevelDescriptor': own('PerformanceLevel', performance_level)
    }] end,
    'period': {'assessmentPeriodDescriptor': edfi('AssessmentPeriod', "window")},
    'reasonNotTestedDescriptor': reason,
    'scoreResults': case when scale_score is not null then [{
        'assessmentReportingMethodDescriptor': edfi('AssessmentReportingMethod', 'Scale score'),
        'resultDatatypeTypeDescriptor': edfi('ResultDatatypeType', 'Integer'),
        'result': scale_score
    }] end,
    'whenAssessedGradeLevelDescriptor': edfi('GradeLevel', grade_name)
})
from results
order by admin_year, tested_on, record_id;
