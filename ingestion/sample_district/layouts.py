"""File names and headers of everything that the sample district delivers."""

from __future__ import annotations

ORGS = "oneroster/orgs.csv"
ACADEMIC_SESSIONS = "oneroster/academicSessions.csv"
USERS = "oneroster/users.csv"
ROLES = "oneroster/roles.csv"
COURSES = "oneroster/courses.csv"
CLASSES = "oneroster/classes.csv"
ENROLLMENTS = "oneroster/enrollments.csv"
DEMOGRAPHICS = "oneroster/demographics.csv"
MANIFEST = "oneroster/manifest.csv"
CALENDAR = "sis/calendar.csv"
ATTENDANCE = "sis/attendance_{year}.csv"
ATTENDANCE_TAKEN = "sis/section_attendance_taken.csv"
STATUSES = "sis/statuses.csv"
DISCIPLINE = "sis/discipline.csv"
GRADES = "sis/grades.csv"
PROGRAMS = "sis/programs.csv"
STATE_ASSESSMENT = "assessment/state_assessment_{year}.csv"
SURVEY = "survey/climate_survey_{year}.csv"
STAFF = "hr/staff.csv"
ASSIGNMENTS = "hr/assignments.csv"
TRAINING = "training/training_records.csv"
POSTSECONDARY = "postsecondary/postsecondary_detail.csv"
COHORTS = "graduation/graduation_cohorts.csv"
GROWTH = "growth/state_growth_{year}.csv"
AP_EXAMS = "assessment/ap_scores_{year}.csv"
LANGUAGE_TEST = "assessment/access_{year}.csv"
POSITIONS = "hr/positions.csv"
INVITATIONS = "survey/survey_invitations_{year}.csv"
STOCKTAKES = "practice/stocktakes.csv"
ACTIONS = "practice/actions.csv"
PLAN_GOALS = "plan/goals.csv"
PLAN_MEASURES = "plan/measures.csv"
PLAN_TARGETS = "plan/targets.csv"
PLAN_SCHOOLS = "plan/schools.csv"
PLAN_REVIEWS = "plan/reviews.csv"
TABLE_TOTALS = "control/table_totals.csv"
ENROLLMENT_COUNTS = "control/enrollment_counts.csv"
ASSESSMENT_SUMMARIES = "control/assessment_summaries.csv"
TRUTH = "truth.json"

_TRACKED = ("sourcedId", "status", "dateLastModified")

HEADERS: dict[str, tuple[str, ...]] = {
    ATTENDANCE_TAKEN: ("school_id", "section_id", "attendance_date", "is_taken"),
    ORGS: (*_TRACKED, "name", "type", "identifier", "parentSourcedId"),
    ACADEMIC_SESSIONS: (*_TRACKED, "title", "type", "startDate", "endDate", "parentSourcedId", "schoolYear"),
    USERS: (
        *_TRACKED,
        "enabledUser",
        "username",
        "userIds",
        "givenName",
        "familyName",
        "middleName",
        "identifier",
        "email",
        "sms",
        "phone",
        "agentSourcedIds",
        "grades",
        "password",
        "userMasterIdentifier",
        "resourceSourcedIds",
        "preferredGivenName",
        "preferredMiddleName",
        "preferredFamilyName",
        "primaryOrgSourcedId",
        "pronouns",
    ),
    ROLES: (
        *_TRACKED,
        "userSourcedId",
        "roleType",
        "role",
        "beginDate",
        "endDate",
        "orgSourcedId",
        "userProfileSourcedId",
    ),
    COURSES: (
        *_TRACKED,
        "schoolYearSourcedId",
        "title",
        "courseCode",
        "grades",
        "orgSourcedId",
        "subjects",
        "subjectCodes",
    ),
    CLASSES: (
        *_TRACKED,
        "title",
        "grades",
        "courseSourcedId",
        "classCode",
        "classType",
        "location",
        "schoolSourcedId",
        "termSourcedIds",
        "subjects",
        "subjectCodes",
        "periods",
    ),
    ENROLLMENTS: (
        *_TRACKED,
        "classSourcedId",
        "schoolSourcedId",
        "userSourcedId",
        "role",
        "primary",
        "beginDate",
        "endDate",
    ),
    DEMOGRAPHICS: (
        *_TRACKED,
        "birthDate",
        "sex",
        "americanIndianOrAlaskaNative",
        "asian",
        "blackOrAfricanAmerican",
        "nativeHawaiianOrOtherPacificIslander",
        "white",
        "demographicRaceTwoOrMoreRaces",
        "hispanicOrLatinoEthnicity",
        "countryOfBirthCode",
        "stateOfBirthAbbreviation",
        "cityOfBirth",
        "publicSchoolResidenceStatus",
        "metadata.middleEasternOrNorthAfrican",
    ),
    MANIFEST: ("propertyName", "value"),
    CALENDAR: ("school_id", "school_year", "calendar_date", "day_type"),
    ATTENDANCE: (
        "attendance_id",
        "student_id",
        "school_id",
        "attendance_date",
        "attendance_code",
        "day_fraction",
        "period",
    ),
    STATUSES: ("status_id", "student_id", "status_type", "status_code", "begin_date", "end_date"),
    DISCIPLINE: (
        "action_id",
        "incident_id",
        "student_id",
        "school_id",
        "incident_date",
        "behavior_code",
        "action_code",
        "action_begin_date",
        "duration_days",
    ),
    GRADES: (
        "mark_id",
        "student_id",
        "section_id",
        "school_year",
        "term",
        "numeric_mark",
        "letter_mark",
        "is_final",
        "credits_attempted",
        "credits_earned",
        "course_code",
        "course_title",
        "subject",
        "school_id",
    ),
    PROGRAMS: (
        "participation_id",
        "student_id",
        "school_id",
        "school_year",
        "program_code",
        "program_name",
        "begin_date",
        "end_date",
        "sessions_attended",
    ),
    STATE_ASSESSMENT: (
        "record_id",
        "admin_year",
        "window",
        "ssid",
        "district_code",
        "school_code",
        "subject",
        "tested_grade",
        "scale_score",
        "performance_level",
        "test_status",
        "test_date",
    ),
    SURVEY: (
        "response_id",
        "school_year",
        "school_id",
        "respondent_type",
        "grade",
        "race_ethnicity",
        "submitted_on",
        "q_safety",
        "q_belonging",
        "q_relationships",
        "q_expectations",
        "q_voice",
    ),
    STAFF: (
        "staff_id",
        "first_name",
        "last_name",
        "email",
        "position",
        "hire_date",
        "termination_date",
        "highest_degree",
        "certification",
        "years_experience_at_hire",
        "fte",
    ),
    ASSIGNMENTS: (
        "assignment_id",
        "staff_id",
        "school_id",
        "school_year",
        "job_title",
        "fte",
        "begin_date",
        "end_date",
    ),
    TRAINING: (
        "record_id",
        "staff_id",
        "course_code",
        "course_title",
        "hours",
        "enrolled_on",
        "completed_on",
        "status",
        "score",
    ),
    POSTSECONDARY: (
        "Your Unique Identifier",
        "First Name",
        "Middle Initial",
        "Last Name",
        "Name Suffix",
        "Requester Return Field",
        "Record Found Y/N",
        "Search Date",
        "College Code/Branch",
        "College Name",
        "College State",
        "2-year / 4-year",
        "Public / Private",
        "Enrollment Begin",
        "Enrollment End",
        "Enrollment Status",
        "Class Level",
        "Graduated?",
        "Graduation Date",
        "Degree Title",
        "College Sequence",
    ),
    COHORTS: ("student_id", "grade9_school_year", "school_id", "exit_date", "exit_code"),
    GROWTH: (
        "admin_year",
        "ssid",
        "district_code",
        "school_code",
        "subject",
        "grade",
        "sgp",
        "agp",
        "prior_performance_level",
    ),
    AP_EXAMS: ("AP Number / AP ID", "Student Identifier", "Admin Year 01", "Exam Code 01", "Exam Grade 01"),
    LANGUAGE_TEST: (
        "Unique Record ID",
        "State Student ID",
        "School Number",
        "Grade",
        "Test Completion Date",
        "Reported Tier",
        "Scale Score - Overall",
        "Proficiency Level - Overall",
    ),
    POSITIONS: ("position_id", "school_id", "school_year", "job_title", "budgeted_fte", "filled_fte"),
    INVITATIONS: ("school_year", "school_id", "respondent_type", "invited"),
    STOCKTAKES: ("stocktake_id", "goal_id", "school_id", "planned_on", "held_on", "exported_on"),
    ACTIONS: ("action_id", "stocktake_id", "school_id", "due_on", "closed_on", "exported_on"),
    PLAN_GOALS: ("goal_id", "title", "description", "owner_role", "begin_year", "end_year"),
    PLAN_MEASURES: (
        "measure_id",
        "goal_id",
        "title",
        "metric",
        "dimension",
        "member",
        "owner_role",
        "baseline_year",
        "baseline_value",
    ),
    PLAN_TARGETS: ("measure_id", "school_year", "target_value"),
    PLAN_SCHOOLS: ("school_id", "region", "feeder"),
    PLAN_REVIEWS: ("review_id", "goal_id", "meeting_date", "title", "chair_role"),
    TABLE_TOTALS: ("system", "entity", "file_name", "extracted_on", "row_count", "key_column", "key_checksum"),
    ENROLLMENT_COUNTS: ("counted_by", "counted_on", "school_id", "grade_level", "students"),
    ASSESSMENT_SUMMARIES: (
        "instrument",
        "school_year",
        "subject",
        "school_id",
        "tested_grade",
        "tested",
        "proficient",
        "percent_proficient",
    ),
}

ONEROSTER_FILES = (
    "academicSessions",
    "categories",
    "classes",
    "classResources",
    "courses",
    "courseResources",
    "demographics",
    "enrollments",
    "lineItemLearningObjectiveIds",
    "lineItems",
    "lineItemScoreScales",
    "orgs",
    "resources",
    "resultLearningObjectiveIds",
    "results",
    "resultScoreScales",
    "roles",
    "scoreScales",
    "userProfiles",
    "userResources",
    "users",
)
"""Every file that a OneRoster 1.2 manifest declares as bulk or absent."""
