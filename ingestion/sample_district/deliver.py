"""Turns the district's arrays into the columns of the files that its systems deliver."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from ingestion.sample_district import layouts
from ingestion.sample_district import statuses as status
from ingestion.sample_district.arrays import OPEN_END, Ints, day
from ingestion.sample_district.assessments import NO_SCORE, SUBJECTS, TEST_STATUSES, Results
from ingestion.sample_district.attendance import CODES, FRACTIONS, AttendanceEvents
from ingestion.sample_district.calendars import DAY_TYPES, NOT_LISTED, Calendar
from ingestion.sample_district.columns import (
    american_dates,
    blank_where,
    constant,
    decimal,
    guids,
    iso_dates,
    joined,
    pick,
    quoted,
    true_false,
    whole,
)
from ingestion.sample_district.courses import COURSES, LETTERS, TERMS, Marks, SectionSeats, letter_positions
from ingestion.sample_district.discipline import ACTIONS, BEHAVIORS, DisciplineActions
from ingestion.sample_district.enrollment import Homerooms, Spells
from ingestion.sample_district.identifiers import Identifiers, staff_ids
from ingestion.sample_district.names import FAMILY_NAMES, GIVEN_NAMES
from ingestion.sample_district.population import GRADE_CODES, RACE_GROUPS, SEX_CODES, Persons
from ingestion.sample_district.programs import PROGRAMS, Participation
from ingestion.sample_district.schools import DISTRICT_NAME, DISTRICT_NUMBER, Schools
from ingestion.sample_district.staff import CERTIFICATIONS, DEGREES, POSITIONS, PRINCIPAL, Staff
from ingestion.sample_district.survey import ITEMS, NOT_ASKED, RESPONDENTS, SurveyAnswers
from ingestion.sample_district.training import OFFERINGS, TrainingRecords

Columns = Mapping[str, pa.Array]

CREDITS = "0.5"
"""Credits of a semester course."""


def manifest(delivered: frozenset[str]) -> Columns:
    """The OneRoster manifest; `delivered` has the file names without extension."""
    rows = [
        ("manifest.version", "1.0"),
        ("oneroster.version", "1.2"),
        *((f"file.{name}", "bulk" if name in delivered else "absent") for name in layouts.ONEROSTER_FILES),
        ("source.systemName", "Sample SIS"),
        ("source.systemCode", "SAMPLE"),
    ]
    return {"propertyName": _text([name for name, _ in rows]), "value": _text([value for _, value in rows])}


def orgs(schools: Schools, ids: Identifiers) -> Columns:
    """The district, then its schools."""
    count = len(schools)
    return {
        "sourcedId": pa.concat_arrays([_text([ids.district]), ids.schools]),
        "name": _text([DISTRICT_NAME, *schools.names]),
        "type": _text(["district", *["school"] * count]),
        "identifier": _text([DISTRICT_NUMBER, *schools.numbers]),
        "parentSourcedId": _text(["", *[ids.district] * count]),
    }


def academic_sessions(calendars: list[Calendar], ids: Identifiers) -> Columns:
    """Each school year with its two semesters; `endDate` is exclusive."""
    rows: list[tuple[str, str, str, int, int, str, int]] = []
    for calendar in calendars:
        year = calendar.school_year
        first, last = int(calendar.school_days[:, 0].min()), int(calendar.last_days.max()) + 1
        middle = day(year, 1, 16)
        whole_year = ids.one("session", year * 10)
        rows.append((whole_year, f"{year - 1}-{year}", "schoolYear", first, last, "", year))
        for term, (begin, end) in enumerate(((first, middle), (middle, last)), start=1):
            rows.append(
                (ids.one("session", year * 10 + term), f"Semester {term}", "semester", begin, end, whole_year, year)
            )
    return {
        "sourcedId": _text([row[0] for row in rows]),
        "title": _text([row[1] for row in rows]),
        "type": _text([row[2] for row in rows]),
        "startDate": iso_dates(np.array([row[3] for row in rows])),
        "endDate": iso_dates(np.array([row[4] for row in rows])),
        "parentSourcedId": _text([row[5] for row in rows]),
        "schoolYear": _text([str(row[6]) for row in rows]),
    }


def student_users(persons: Persons, latest_grade: Ints, latest_school: Ints, ids: Identifiers) -> Columns:
    """Every student of any year; `grades` is the latest one, as OneRoster knows no other."""
    count = len(persons)
    return {
        "sourcedId": ids.students,
        "enabledUser": constant("true", count),
        "username": joined("s", ids.numbers),
        "userIds": joined("{StateID:", ids.state, "}"),
        "givenName": pick(GIVEN_NAMES, persons.given_name),
        "middleName": pick(GIVEN_NAMES, persons.middle_name),
        "familyName": pick(FAMILY_NAMES, persons.family_name),
        "identifier": ids.numbers,
        "email": joined("s", ids.numbers, "@students.sample.example"),
        "grades": pick(GRADE_CODES, latest_grade + 1),
        "primaryOrgSourcedId": ids.schools.take(pa.array(latest_school)),
    }


def staff_users(staff: Staff, ids: Identifiers) -> Columns:
    """Staff accounts; their identifier is the staff number of the HR system."""
    positions = np.arange(len(staff))
    numbers = staff_ids(positions)
    return {
        "sourcedId": guids(ids.seed, "staff", positions),
        "enabledUser": true_false(staff.left >= OPEN_END),
        "username": joined("t", numbers),
        "givenName": pick(GIVEN_NAMES, staff.given_name),
        "familyName": pick(FAMILY_NAMES, staff.family_name),
        "identifier": numbers,
        "email": joined(numbers, "@staff.sample.example"),
        "primaryOrgSourcedId": ids.schools.take(pa.array(staff.schools)),
    }


def student_roles(persons: Persons, latest_school: Ints, ids: Identifiers) -> Columns:
    """One student role per student, at the latest school."""
    people = np.arange(len(persons))
    return {
        "sourcedId": guids(ids.seed, "student role", people),
        "userSourcedId": ids.students,
        "roleType": constant("primary", len(people)),
        "role": constant("student", len(people)),
        "orgSourcedId": ids.schools.take(pa.array(latest_school)),
    }


def staff_roles(staff: Staff, ids: Identifiers) -> Columns:
    """One role per member of staff."""
    positions = np.arange(len(staff))
    return {
        "sourcedId": guids(ids.seed, "staff role", positions),
        "userSourcedId": guids(ids.seed, "staff", positions),
        "roleType": constant("primary", len(staff)),
        "role": pick(("teacher", "principal"), (staff.position == PRINCIPAL).astype(np.int64)),
        "beginDate": iso_dates(staff.hired),
        "endDate": iso_dates(staff.left),
        "orgSourcedId": ids.schools.take(pa.array(staff.schools)),
    }


def demographics(persons: Persons, ids: Identifiers) -> Columns:
    """Race and ethnicity as flags, of which none is true where the family did not say."""
    flags = {
        name: true_false(persons.race_flags[:, position])
        for position, name in enumerate(
            (
                "americanIndianOrAlaskaNative",
                "asian",
                "blackOrAfricanAmerican",
                "nativeHawaiianOrOtherPacificIslander",
                "white",
            )
        )
    }
    return {
        "sourcedId": ids.students,
        "birthDate": iso_dates(persons.birth),
        "sex": pick(SEX_CODES, persons.sex),
        **flags,
        "metadata.middleEasternOrNorthAfrican": true_false(persons.is_middle_eastern),
        "demographicRaceTwoOrMoreRaces": true_false(persons.race_flags.sum(axis=1) > 1),
        "hispanicOrLatinoEthnicity": true_false(persons.is_hispanic),
    }


def courses(school_year: int, ids: Identifiers) -> Columns:
    """The course catalogue of one year."""
    count = len(COURSES)
    return {
        "sourcedId": _course_ids(school_year, np.arange(count), ids),
        "schoolYearSourcedId": constant(ids.one("session", school_year * 10), count),
        "title": _text([course.title for course in COURSES]),
        "courseCode": _text([course.code for course in COURSES]),
        "grades": quoted(_text([",".join(GRADE_CODES[grade + 1] for grade in course.grades) for course in COURSES])),
        "orgSourcedId": constant(ids.district, count),
        "subjects": _text([course.subject for course in COURSES]),
    }


def homeroom_classes(homerooms: Homerooms, school_year: int, ids: Identifiers) -> Columns:
    """Homerooms; `grades` is the only place in OneRoster that tells a student's grade in a past year."""
    count = len(homerooms.schools)
    grades = pick(GRADE_CODES, homerooms.grades + 1)
    return {
        "sourcedId": ids.homerooms(school_year, np.arange(count)),
        "title": joined("Homeroom ", grades, "-", whole(homerooms.sections)),
        "grades": grades,
        "classCode": joined("HR", grades, whole(homerooms.sections)),
        "classType": constant("homeroom", count),
        "schoolSourcedId": ids.schools.take(pa.array(homerooms.schools)),
        "termSourcedIds": constant(ids.one("session", school_year * 10), count),
    }


def section_classes(seats: SectionSeats, school_year: int, ids: Identifiers) -> Columns:
    """Course sections."""
    sections = seats.sections
    catalogue = courses(school_year, ids)
    return {
        "sourcedId": ids.sections(school_year, np.arange(len(sections))),
        "title": pick(catalogue["title"], sections.courses),
        "grades": pick(catalogue["grades"], sections.courses),
        "courseSourcedId": pick(catalogue["sourcedId"], sections.courses),
        "classCode": joined(pick(catalogue["courseCode"], sections.courses), "-", whole(sections.numbers)),
        "classType": constant("scheduled", len(sections)),
        "schoolSourcedId": ids.schools.take(pa.array(sections.schools)),
        "termSourcedIds": constant(ids.one("session", school_year * 10), len(sections)),
        "subjects": pick(catalogue["subjects"], sections.courses),
    }


def homeroom_enrollments(spells: Spells, ids: Identifiers) -> Columns:
    """Students in homerooms: their dates are those of the school spell."""
    rows = np.arange(len(spells))
    return _student_enrollments("homeroom seat", spells, rows, ids.homerooms(spells.school_year, spells.homeroom), ids)


def section_enrollments(spells: Spells, seats: SectionSeats, ids: Identifiers) -> Columns:
    """Students in course sections, within their school spell."""
    return _student_enrollments(
        "section seat", spells, seats.spell, ids.sections(spells.school_year, seats.section), ids
    )


def teacher_enrollments(
    class_ids: pa.Array, class_schools: Ints, teachers: Ints, calendar: Calendar, kind: str, ids: Identifiers
) -> Columns:
    """The teacher of each class, for the school year."""
    count = len(class_schools)
    numbers = calendar.school_year * 10_000_000 + np.arange(count)
    return {
        "sourcedId": guids(ids.seed, f"{kind} teacher", numbers),
        "classSourcedId": class_ids,
        "schoolSourcedId": ids.schools.take(pa.array(class_schools)),
        "userSourcedId": guids(ids.seed, "staff", teachers),
        "role": constant("teacher", count),
        "primary": constant("true", count),
        "beginDate": iso_dates(calendar.school_days[class_schools, 0]),
        "endDate": iso_dates(calendar.last_days[class_schools] + 1),
    }


def calendar_days(calendar: Calendar, ids: Identifiers) -> Columns:
    """Every listed weekday of every school."""
    school, column = np.nonzero(calendar.day_types != NOT_LISTED)
    return {
        "school_id": ids.school_numbers.take(pa.array(school)),
        "school_year": constant(str(calendar.school_year), len(school)),
        "calendar_date": iso_dates(calendar.first_of_july + column),
        "day_type": pick(DAY_TYPES, calendar.day_types[school, column]),
    }


def attendance(events: AttendanceEvents, spells: Spells, ids: Identifiers) -> Columns:
    """Absences, suspensions and tardies; presence is not sent."""
    return {
        "attendance_id": joined(f"A{events.school_year}-", whole(np.arange(1, len(events) + 1))),
        "student_id": pick(ids.numbers, spells.people[events.spell]),
        "school_id": pick(ids.school_numbers, spells.schools[events.spell]),
        "attendance_date": iso_dates(events.on),
        "attendance_code": pick(CODES, events.code),
        "day_fraction": pick(FRACTIONS, events.fraction),
    }


def statuses(intervals: status.Statuses, ids: Identifiers, after: int = 0) -> Columns:
    """Effective-dated statuses, both ends inclusive; numbered from the one that follows `after` others."""
    return {
        "status_id": joined("ST", whole(np.arange(1, len(intervals) + 1) + after)),
        "student_id": pick(ids.numbers, intervals.people),
        "status_type": pick(status.TYPES, intervals.types),
        "status_code": pick(status.CODES, intervals.codes),
        "begin_date": iso_dates(intervals.begin),
        "end_date": iso_dates(intervals.end),
    }


def discipline(actions: DisciplineActions, spells: Spells, ids: Identifiers) -> Columns:
    """One row per action."""
    year = actions.school_year
    return {
        "action_id": joined(f"D{year}-", whole(np.arange(1, len(actions) + 1))),
        "incident_id": joined(f"I{year}-", whole(actions.incident)),
        "student_id": pick(ids.numbers, spells.people[actions.spell]),
        "school_id": pick(ids.school_numbers, spells.schools[actions.spell]),
        "incident_date": iso_dates(actions.incident_on),
        "behavior_code": pick(BEHAVIORS, actions.behavior),
        "action_code": pick(ACTIONS, actions.action),
        "action_begin_date": iso_dates(actions.begins_on),
        "duration_days": blank_where(whole(actions.duration), actions.duration <= 0),
    }


def marks(given: Marks, spells: Spells, seats: SectionSeats, ids: Identifiers) -> Columns:
    """Marks by term; semester marks are final and carry credit unless failed."""
    letters = letter_positions(given.value)
    is_final = given.term > 0
    section = seats.section[given.seat]
    course = seats.sections.courses[section]
    codes = _text([course.code for course in COURSES])
    return {
        "mark_id": joined(f"M{spells.school_year}-", whole(np.arange(1, len(given) + 1))),
        "student_id": pick(ids.numbers, spells.people[seats.spell[given.seat]]),
        "section_id": ids.sections(spells.school_year, section),
        "school_year": constant(str(spells.school_year), len(given)),
        "term": pick(TERMS, given.term),
        "numeric_mark": whole(given.value),
        "letter_mark": pick(LETTERS, letters),
        "is_final": true_false(is_final),
        "credits_attempted": pick(("0", CREDITS), is_final.astype(np.int64)),
        "credits_earned": pick(("0", CREDITS), (is_final & (letters > 0)).astype(np.int64)),
        "course_code": pick(codes, course),
        "course_title": pick([one.title for one in COURSES], course),
        "subject": pick([one.subject for one in COURSES], course),
        "school_id": pick(ids.school_numbers, seats.sections.schools[section]),
    }


def programs(taken: Participation, spells: Spells, ids: Identifiers) -> Columns:
    """Who took part in which programme."""
    return {
        "participation_id": joined(f"P{taken.school_year}-", whole(np.arange(1, len(taken) + 1))),
        "student_id": pick(ids.numbers, spells.people[taken.spell]),
        "school_id": pick(ids.school_numbers, spells.schools[taken.spell]),
        "school_year": constant(str(taken.school_year), len(taken)),
        "program_code": pick([code for code, _ in PROGRAMS], taken.program),
        "program_name": pick([name for _, name in PROGRAMS], taken.program),
        "begin_date": iso_dates(taken.begin),
        "end_date": iso_dates(taken.end),
        "sessions_attended": whole(taken.sessions),
    }


def state_assessment(results: Results, ids: Identifiers) -> Columns:
    """The state's result file, with the state's student id and American dates."""
    return {
        "record_id": joined(f"R{results.school_year}-", whole(np.arange(1, len(results) + 1))),
        "admin_year": constant(str(results.school_year), len(results)),
        "window": constant("Spring", len(results)),
        "ssid": pick(ids.state, results.people),
        "district_code": constant(DISTRICT_NUMBER, len(results)),
        "school_code": pick(ids.school_numbers, results.schools),
        "subject": pick(SUBJECTS, results.subject),
        "tested_grade": pick(GRADE_CODES, results.grade + 1),
        "scale_score": blank_where(whole(results.score), results.score == NO_SCORE),
        "performance_level": blank_where(whole(results.level), results.level <= 0),
        "test_status": pick(TEST_STATUSES, results.status),
        "test_date": american_dates(results.tested_on),
    }


def survey(answers: SurveyAnswers, ids: Identifiers) -> Columns:
    """Anonymous answers to the climate survey."""
    count = len(answers)
    items = {
        name: blank_where(whole(answers.answers[:, item]), answers.answers[:, item] <= 0)
        for item, name in enumerate(ITEMS)
    }
    return {
        "response_id": joined(f"V{answers.school_year}-", whole(np.arange(1, count + 1))),
        "school_year": constant(str(answers.school_year), count),
        "school_id": pick(ids.school_numbers, answers.schools),
        "respondent_type": pick(RESPONDENTS, answers.respondent),
        "grade": blank_where(pick(GRADE_CODES, np.maximum(answers.grade, -1) + 1), answers.grade == NOT_ASKED),
        "race_ethnicity": blank_where(pick(RACE_GROUPS, np.maximum(answers.race, 0)), answers.race == NOT_ASKED),
        "submitted_on": iso_dates(answers.submitted_on),
        **items,
    }


def staff_members(staff: Staff) -> Columns:
    """The HR system's list of staff."""
    numbers = staff_ids(np.arange(len(staff)))
    return {
        "staff_id": numbers,
        "first_name": pick(GIVEN_NAMES, staff.given_name),
        "last_name": pick(FAMILY_NAMES, staff.family_name),
        "email": joined(numbers, "@staff.sample.example"),
        "position": pick(POSITIONS, staff.position),
        "hire_date": iso_dates(staff.hired),
        "termination_date": iso_dates(staff.left),
        "highest_degree": pick(DEGREES, staff.degree),
        "certification": pick(CERTIFICATIONS, staff.certification),
        "years_experience_at_hire": whole(staff.years_before),
        "fte": decimal(np.where(staff.part_time, 0.5, 1.0), 1),
    }


def assignments(staff: Staff, calendar: Calendar, ids: Identifiers) -> Columns:
    """Who worked where in one school year."""
    active = np.flatnonzero(staff.active_in(calendar.school_year))
    schools = staff.schools[active]
    return {
        "assignment_id": joined(f"J{calendar.school_year}-", whole(np.arange(1, len(active) + 1))),
        "staff_id": staff_ids(active),
        "school_id": pick(ids.school_numbers, schools),
        "school_year": constant(str(calendar.school_year), len(active)),
        "job_title": pick(POSITIONS, staff.position[active]),
        "fte": decimal(np.where(staff.part_time[active], 0.5, 1.0), 1),
        "begin_date": iso_dates(np.maximum(staff.hired[active], calendar.school_days[schools, 0])),
        "end_date": iso_dates(np.minimum(staff.left[active], calendar.last_days[schools])),
    }


def training(records: TrainingRecords) -> Columns:
    """Courses that staff took."""
    return {
        "record_id": joined("T", whole(np.arange(1, len(records) + 1))),
        "staff_id": staff_ids(records.staff),
        "course_code": pick([code for code, _, _ in OFFERINGS], records.offering),
        "course_title": pick([title for _, title, _ in OFFERINGS], records.offering),
        "hours": pick([str(hours) for _, _, hours in OFFERINGS], records.offering),
        "enrolled_on": iso_dates(records.enrolled_on),
        "completed_on": blank_where(iso_dates(records.completed_on), ~records.is_completed),
        "status": pick(("enrolled", "completed"), records.is_completed.astype(np.int64)),
        "score": blank_where(whole(records.score), records.score < 0),
    }


def _student_enrollments(kind: str, spells: Spells, rows: Ints, class_ids: pa.Array, ids: Identifiers) -> Columns:
    count = len(rows)
    return {
        "sourcedId": guids(ids.seed, kind, spells.school_year * 10_000_000 + np.arange(count)),
        "classSourcedId": class_ids,
        "schoolSourcedId": pick(ids.schools, spells.schools[rows]),
        "userSourcedId": pick(ids.students, spells.people[rows]),
        "role": constant("student", count),
        "beginDate": iso_dates(spells.entry[rows]),
        "endDate": iso_dates(spells.end[rows]),
    }


def _course_ids(school_year: int, positions: Ints, ids: Identifiers) -> pa.Array:
    return guids(ids.seed, "course", school_year * 1000 + positions)


def _text(values: list[str]) -> pa.Array:
    return pa.array(values, pa.string())
