"""The natural key of every resource that the emulator serves, as Ed-Fi's change queries name its values."""

from __future__ import annotations

from collections.abc import Mapping

_STUDENT = {"studentUniqueId": "studentReference.studentUniqueId"}
_STAFF = {"staffUniqueId": "staffReference.staffUniqueId"}
_SCHOOL = {"schoolId": "schoolReference.schoolId"}
_ORGANIZATION = {"educationOrganizationId": "educationOrganizationReference.educationOrganizationId"}
_YEAR = {"schoolYear": "schoolYearTypeReference.schoolYear"}
_OFFERING = ("localCourseCode", "schoolId", "schoolYear", "sessionName")
_SECTION = ("localCourseCode", "schoolId", "schoolYear", "sectionIdentifier", "sessionName")


def _own(*names: str) -> dict[str, str]:
    return {name: name for name in names}


def _of(reference: str, *names: str) -> dict[str, str]:
    return {name: f"{reference}.{name}" for name in names}


# The program belongs to an organization of its own, which may be another than the one that holds the association.
_PROGRAM = {
    "programEducationOrganizationId": "programReference.educationOrganizationId",
    **_of("programReference", "programName", "programTypeDescriptor"),
}
_PROGRAM_ASSOCIATION = _own("beginDate") | _ORGANIZATION | _PROGRAM | _STUDENT

NATURAL_KEYS: Mapping[str, Mapping[str, str]] = {
    "schoolYearTypes": _own("schoolYear"),
    "localEducationAgencies": _own("localEducationAgencyId"),
    "schools": _own("schoolId"),
    "educationOrganizationIdentificationCodes": _own("educationOrganizationIdentificationSystemDescriptor")
    | _ORGANIZATION,
    "calendars": _own("calendarCode") | _SCHOOL | _YEAR,
    "calendarDates": _of("calendarReference", "calendarCode", "schoolId", "schoolYear") | _own("date"),
    "sessions": _SCHOOL | _YEAR | _own("sessionName"),
    "gradingPeriods": _own("gradingPeriodDescriptor", "gradingPeriodName") | _SCHOOL | _YEAR,
    "students": _own("studentUniqueId"),
    "studentSchoolAssociations": _own("entryDate") | _SCHOOL | _STUDENT,
    "studentEducationOrganizationAssociations": _ORGANIZATION | _STUDENT,
    "studentDemographics": _ORGANIZATION | _STUDENT,
    "studentDirectories": _ORGANIZATION | _STUDENT,
    "studentIdentificationCodes": _ORGANIZATION | _own("studentIdentificationSystemDescriptor") | _STUDENT,
    "programs": _ORGANIZATION | _own("programName", "programTypeDescriptor"),
    "studentProgramAssociations": _PROGRAM_ASSOCIATION,
    "studentLanguageInstructionProgramAssociations": _PROGRAM_ASSOCIATION,
    "studentSpecialEducationProgramAssociations": _PROGRAM_ASSOCIATION,
    "studentSection504ProgramAssociations": _PROGRAM_ASSOCIATION,
    "studentSchoolFoodServiceProgramAssociations": _PROGRAM_ASSOCIATION,
    "studentHomelessProgramAssociations": _PROGRAM_ASSOCIATION,
    "studentMigrantEducationProgramAssociations": _PROGRAM_ASSOCIATION,
    "studentTitleIPartAProgramAssociations": _PROGRAM_ASSOCIATION,
    "studentCTEProgramAssociations": _PROGRAM_ASSOCIATION,
    "studentProgramAttendanceEvents": _own("attendanceEventCategoryDescriptor", "eventDate")
    | _ORGANIZATION
    | _PROGRAM
    | _STUDENT,
    "studentSchoolAttendanceEvents": _own("attendanceEventCategoryDescriptor", "eventDate")
    | _SCHOOL
    | _of("sessionReference", "schoolYear", "sessionName")
    | _STUDENT,
    "disciplineIncidents": _own("incidentIdentifier") | _SCHOOL,
    "studentDisciplineIncidentBehaviorAssociations": _own("behaviorDescriptor")
    | _of("disciplineIncidentReference", "incidentIdentifier", "schoolId")
    | _STUDENT,
    "disciplineActions": _own("disciplineActionIdentifier", "disciplineDate") | _STUDENT,
    "courses": _own("courseCode") | _ORGANIZATION,
    "courseOfferings": _own("localCourseCode") | _SCHOOL | _of("sessionReference", "schoolYear", "sessionName"),
    "sections": _of("courseOfferingReference", *_OFFERING) | _own("sectionIdentifier"),
    "studentSectionAssociations": _own("beginDate") | _of("sectionReference", *_SECTION) | _STUDENT,
    "grades": _of("studentSectionAssociationReference", "beginDate", *_SECTION, "studentUniqueId")
    | _own("gradeTypeDescriptor")
    | _of("gradingPeriodReference", "gradingPeriodDescriptor", "gradingPeriodName")
    | {"gradingPeriodSchoolYear": "gradingPeriodReference.schoolYear"},
    "studentAcademicRecords": _ORGANIZATION | _YEAR | _STUDENT | _own("termDescriptor"),
    "courseTranscripts": _own("courseAttemptResultDescriptor")
    | _of("courseReference", "courseCode")
    | {"courseEducationOrganizationId": "courseReference.educationOrganizationId"}
    | _of(
        "studentAcademicRecordReference", "educationOrganizationId", "schoolYear", "studentUniqueId", "termDescriptor"
    ),
    "assessments": _own("assessmentIdentifier", "namespace"),
    "studentAssessments": _of("assessmentReference", "assessmentIdentifier", "namespace")
    | _own("studentAssessmentIdentifier")
    | _STUDENT,
    "credentials": _own("credentialIdentifier", "stateOfIssueStateAbbreviationDescriptor"),
    "staffs": _own("staffUniqueId"),
    "staffEducationOrganizationEmploymentAssociations": _own("employmentStatusDescriptor", "hireDate")
    | _ORGANIZATION
    | _STAFF,
    "staffEducationOrganizationAssignmentAssociations": _own("beginDate", "staffClassificationDescriptor")
    | _ORGANIZATION
    | _STAFF,
}
"""Of each resource: the name of each key value, and where it stands in the document."""

SINCE_STANDARD_6 = frozenset(
    {
        "educationOrganizationIdentificationCodes",
        "studentDemographics",
        "studentDirectories",
        "studentIdentificationCodes",
        "studentSection504ProgramAssociations",
    }
)
WITHOUT_CHANGE_QUERIES = frozenset({"schoolYearTypes"})


def resources_of(standard: int) -> tuple[str, ...]:
    """Return the resources of a data standard (5 or 6), those that others refer to first."""
    return tuple(name for name in NATURAL_KEYS if standard >= 6 or name not in SINCE_STANDARD_6)


def reference_to(resource: str) -> str:
    """Return the field by which other documents refer to a resource: `sections` -> `sectionReference`."""
    singular = resource[:-3] + "y" if resource.endswith("ies") else resource.removesuffix("s")
    return f"{singular}Reference"
