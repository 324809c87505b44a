"""Rules on raw rows: each finds its planted row and nothing else, and what it rejects can be seen and healed."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ingestion.landing_log import forget_landing_failures, record_landing_failure
from quality import rule_evaluation
from quality.errors import RuleError
from quality.identifying_columns import IDENTIFYING_COLUMNS
from quality.registry import Rule, load_rules, metric_feeds, source_tables
from quality.rule_evaluation import evaluate_rules, latest_results
from quality.rule_inputs import evaluation_order
from tests.quality.made_up_warehouse import CLEAN, NOW, RULES, MadeUpWarehouse, Row, rules_on

ORGS, SESSIONS, USERS = "oneroster__orgs", "oneroster__academic_sessions", "oneroster__users"
CLASSES, DEMOGRAPHICS, ENROLLMENTS = "oneroster__classes", "oneroster__demographics", "oneroster__enrollments"
CALENDAR, ATTENDANCE, STATUSES = "sis_files__calendar", "sis_files__attendance", "sis_files__statuses"
DISCIPLINE, ATTRIBUTES, MARKS = "sis_files__discipline", "sis_files__student_attributes", "sis_files__marks"
RESULTS = "assessment_files__results"
STAFF, ASSIGNMENTS, TRAINING = "hr_files__staff", "hr_files__assignments", "training_files__records"
PROGRAMS, SURVEY, COLLEGE = (
    "program_files__participations",
    "survey_files__responses",
    "postsecondary_files__enrollments",
)
CERTIFICATIONS = "direct_certification_files__certifications"
COHORTS = "graduation_files__cohorts"
GROWTH = "growth_files__percentiles"
POSITIONS, INVITATIONS = "hr_files__positions", "survey_files__invitations"
STOCKTAKES, ACTIONS = "practice_store__stocktakes", "practice_store__actions"
GOALS, MEASURES = "plan_files__goals", "plan_files__measures"
TARGETS, REVIEWS = "plan_files__targets", "plan_files__reviews"
DB_SCHOOLS, DB_STUDENTS, DB_ENROLLMENTS = "sis_database__schools", "sis_database__students", "sis_database__enrollments"
DB_DEMOGRAPHICS = "sis_database__student_demographics"
DB_STAFF, DB_ASSIGNMENTS = "sis_database__staff_members", "sis_database__staff_assignments"
DECISIONS = "identity_decisions__decisions"
TAKEN = "sis_files__attendance_taken"
TOTALS, COUNTS, SUMMARIES = (
    "control_files__table_totals",
    "control_files__enrollment_counts",
    "control_files__assessment_summaries",
)


@dataclass(frozen=True)
class Planted:
    """One dirty row, and what must stand in other tables for it to be dirty.

    `changes` apply to the table's first clean row. `before` are rows that land earlier and are clean in themselves.
    """

    rule_id: str
    table: str
    changes: Row
    before: tuple[tuple[str, Row], ...] = ()

    def __str__(self) -> str:
        return f"{self.rule_id} {self.table} {self.changes}"


NEW_USER: Row = {
    "sourced_id": "u9",
    "identifier": "1009",
    "user_ids": "{StateID:912345679}",
    "given_name": "New",
    "family_name": "Nine",
}
NO_RACE: Row = {"white": "false", "hispanic_or_latino_ethnicity": "false"}
THIRD_SCHOOL: Row = {"sourced_id": "o3", "identifier": "103", "name": "Third school"}

PLANTED = (
    Planted("ID-01", USERS, {**NEW_USER, "identifier": None}),
    Planted("ID-02", USERS, {**NEW_USER, "identifier": "1001"}),
    Planted("ID-03", USERS, {**NEW_USER, "user_ids": None}),
    Planted("ID-04", USERS, {**NEW_USER, "user_ids": "{StateID:999999999}"}),
    Planted("ID-04", USERS, {**NEW_USER, "user_ids": "{StateID:pending}"}),
    Planted(
        "ID-05",
        USERS,
        {**NEW_USER, "given_name": "ADA", "family_name": "One "},
        before=((DEMOGRAPHICS, {"sourced_id": "u9", "birth_date": "3/14/2015"}),),
    ),
    Planted("ID-13", USERS, {**NEW_USER, "grades": "form two"}),
    Planted("ID-14", DEMOGRAPHICS, {"sourced_id": "nobody"}),
    Planted("ID-06", DEMOGRAPHICS, {"birth_date": "2013-45-12"}),
    Planted("ID-06", DEMOGRAPHICS, {"birth_date": "2031-01-01"}),
    Planted("ID-06", DEMOGRAPHICS, {"birth_date": "1901-01-01"}),
    Planted("ID-15", DEMOGRAPHICS, {"birth_date": None}),
    Planted("ID-07", DEMOGRAPHICS, {"birth_date": "2019-09-02"}),
    Planted("ID-08", DEMOGRAPHICS, {"birth_date": "2002-08-01"}),
    Planted("ID-09", DEMOGRAPHICS, {"birth_date": "2025-12-01"}),
    Planted("ID-10", DEMOGRAPHICS, NO_RACE),
    Planted("ID-11", DEMOGRAPHICS, {"sex": "Q"}),
    Planted("ID-16", ATTRIBUTES, {"student_id": " "}),
    *(
        Planted("ID-18", DECISIONS, {"decision_id": "m2", **changes})
        for changes in (
            {"decision_id": " "},
            {"kind": "join"},
            {"kind": None},
            {"person_type": "parent"},
            {"person_id": None},
            {"into_id": None},
            {"into_id": "1003"},
            {"kind": "split"},
            {"effective_on": "soon"},
            {"revoked_on": "later"},
            {"revoked_on": "2025-08-31"},
        )
    ),
    Planted("ID-19", DECISIONS, {}),
    Planted("ID-20", DECISIONS, {"decision_id": "m2", "into_id": "1002"}),
    Planted("ID-20", DECISIONS, {"decision_id": "m2", "kind": "not_same"}),
    Planted("ID-20", DECISIONS, {"decision_id": "m2", "kind": "not_same", "person_id": "1001", "into_id": "1003"}),
    Planted("ID-21", DECISIONS, {"decision_id": "m2", "person_id": "1001", "into_id": "1003"}),
    Planted(
        "ID-21",
        DECISIONS,
        {"decision_id": "m3", "person_id": "1002", "into_id": "1003"},
        before=((DECISIONS, {"decision_id": "m2", "person_id": "1001", "into_id": "1002"}),),
    ),
    Planted("EN-23", ORGS, {**THIRD_SCHOOL, "identifier": None}),
    Planted("EN-12", ORGS, THIRD_SCHOOL),
    Planted("EN-24", SESSIONS, {"end_date": "2025-07-31"}),
    Planted("EN-24", SESSIONS, {"start_date": "autumn"}),
    Planted(
        "CR-01",
        CLASSES,
        {"sourced_id": "h9"},
        before=((ENROLLMENTS, {"sourced_id": "e9", "class_sourced_id": "h1", "user_sourced_id": "u1"}),),
    ),
    Planted("EN-07", CLASSES, {"sourced_id": "h9", "grades": None}),
    Planted("EN-25", CLASSES, {"sourced_id": "h9", "school_sourced_id": "nowhere"}),
    Planted("EN-22", ENROLLMENTS, {"sourced_id": "e9", "begin_date": "first day"}),
    Planted("EN-22", ENROLLMENTS, {"sourced_id": "e9", "end_date": "31.12.2025"}),
    Planted("EN-27", ENROLLMENTS, {"sourced_id": "e9", "begin_date": "1925-08-18"}),
    Planted("EN-27", ENROLLMENTS, {"sourced_id": "e9", "begin_date": "2125-08-18"}),
    Planted("EN-01", ENROLLMENTS, {"sourced_id": "e9", "end_date": "2025-08-17"}),
    Planted("EN-19", ENROLLMENTS, {"sourced_id": "e9", "user_sourced_id": "nobody"}),
    Planted("EN-20", ENROLLMENTS, {"sourced_id": "e9", "class_sourced_id": "none"}),
    Planted("EN-26", ENROLLMENTS, {"sourced_id": "e9", "school_sourced_id": "nowhere"}),
    Planted("EN-21", ENROLLMENTS, {}),
    Planted(
        "EN-02",
        ENROLLMENTS,
        {"sourced_id": "e9", "class_sourced_id": "h2", "school_sourced_id": "o2", "begin_date": "2025-10-01"},
    ),
    Planted("EN-03", ENROLLMENTS, {"sourced_id": "e9", "begin_date": "2025-10-01"}),
    Planted("EN-05", ENROLLMENTS, {"sourced_id": "e9", "begin_date": "2027-08-18"}),
    Planted(
        "EN-09",
        ENROLLMENTS,
        {"sourced_id": "e9", "school_sourced_id": "o3"},
        before=((ORGS, THIRD_SCHOOL), (ATTENDANCE, {"attendance_id": "a9", "school_id": "103"})),
    ),
    Planted("CA-01", CALENDAR, {"calendar_date": "9/1/2025"}),
    Planted("CA-07", CALENDAR, {"calendar_date": "1925-09-08"}),
    Planted("CA-07", CALENDAR, {"calendar_date": "2125-09-08"}),
    Planted("CA-02", CALENDAR, {"calendar_date": "2025-09-08", "day_type": "half_moon"}),
    Planted("CA-03", CALENDAR, {"calendar_date": "2025-09-31"}),
    Planted("CA-04", CALENDAR, {"calendar_date": "2025-09-06", "day_type": "instructional"}),
    Planted("CA-05", CALENDAR, {"school_id": "999"}),
    Planted("CA-06", CALENDAR, {"calendar_date": "2025-09-08", "school_year": "2025"}),
    Planted("AT-01", ATTENDANCE, {"school_id": "102"}),
    Planted("AT-01", ATTENDANCE, {"student_id": "1002", "school_id": "102", "attendance_date": "2025-08-18"}),
    Planted("AT-02", ATTENDANCE, {"attendance_date": "2025-09-05"}),
    Planted("AT-05", ATTENDANCE, {"attendance_id": "a9", "attendance_code": "UNX"}),
    Planted("AT-11", ATTENDANCE, {"attendance_date": "2025-09-04", "attendance_code": "ZZZ"}),
    Planted("AT-11", ATTENDANCE, {"attendance_date": "2025-09-04", "attendance_code": None}),
    Planted("AT-12", ATTENDANCE, {"student_id": "9999"}),
    Planted("AT-13", ATTENDANCE, {"attendance_date": "31.31.2026"}),
    Planted("AT-14", ATTENDANCE, {"attendance_date": "2025-09-04", "day_fraction": "1.75"}),
    Planted("AT-14", ATTENDANCE, {"attendance_date": "2025-09-04", "day_fraction": "half"}),
    Planted("AT-15", ATTENDANCE, {"student_id": None}),
    Planted("AT-16", ATTENDANCE, {"school_id": "999"}),
    Planted("AT-18", ATTENDANCE, {"attendance_date": "9/3/1925"}),
    Planted("AT-17", ATTENDANCE, {"attendance_date": "2026-06-07"}),
    Planted("PR-11", STATUSES, {"status_type": "SNOW", "status_code": "BIRD"}),
    Planted("PR-18", STATUSES, {"student_id": ""}),
    Planted("PR-12", STATUSES, {"student_id": "9999"}),
    Planted("PR-01", STATUSES, {"begin_date": None, "end_date": None}),
    Planted("PR-13", STATUSES, {"status_type": "IEP", "status_code": "IEP", "begin_date": "soon"}),
    Planted("PR-10", STATUSES, {"end_date": "2020-08-19"}),
    Planted("PR-14", STATUSES, {"begin_date": "2024-01-01", "end_date": "open"}),
    Planted(
        "PR-03",
        STATUSES,
        {"begin_date": "2025-01-01", "end_date": None},
        before=((STATUSES, {"status_code": "RFEP", "begin_date": "2023-06-01", "end_date": "2024-12-31"}),),
    ),
    Planted("PR-15", STATUSES, {"status_id": "s9", "begin_date": "2023-05-30", "end_date": None}),
    Planted("PR-16", STATUSES, {"begin_date": "2026-12-01", "end_date": None}),
    Planted("DI-01", DISCIPLINE, {"incident_date": "2051-01-17"}),
    Planted("DI-02", DISCIPLINE, {"action_id": "d9", "action_begin_date": "2025-09-02"}),
    Planted("DI-03", DISCIPLINE, {"action_id": "d9", "school_id": "102"}),
    Planted("DI-04", DISCIPLINE, {"action_id": "d9", "duration_days": None}),
    Planted("DI-04", DISCIPLINE, {"action_id": "d9", "duration_days": "0"}),
    Planted("DI-05", DISCIPLINE, {"action_id": "d9", "duration_days": "480"}),
    Planted("DI-06", DISCIPLINE, {"action_id": "d9", "incident_id": "i9", "action_begin_date": "2025-09-05"}),
    Planted("DI-08", DISCIPLINE, {"action_id": "d9", "behavior_code": None}),
    Planted("DI-10", DISCIPLINE, {"action_id": "d9", "action_code": "ZZZ"}),
    Planted("DI-11", DISCIPLINE, {"action_id": "d9", "incident_date": None}),
    Planted("DI-12", DISCIPLINE, {"action_id": "d9", "student_id": "9999"}),
    Planted("DI-15", DISCIPLINE, {"action_id": "d9", "incident_date": "1925-09-03"}),
    Planted("DI-14", DISCIPLINE, {"action_id": "d9", "student_id": None}),
    Planted("DI-13", DISCIPLINE, {}),
    Planted("CR-03", MARKS, {"mark_id": "m9", "numeric_mark": "880"}),
    Planted("CR-03", MARKS, {"mark_id": "m9", "numeric_mark": "A-"}),
    Planted("CR-04", MARKS, {"mark_id": "m9", "credits_earned": "1.5"}),
    Planted("CR-09", MARKS, {}),
    Planted("CR-11", MARKS, {"mark_id": "m9", "student_id": " "}),
    Planted("CR-10", MARKS, {"mark_id": "m9", "student_id": "9999"}),
    Planted("AS-01", RESULTS, {"scale_score": "9999"}),
    Planted("AS-02", RESULTS, {"window_name": "Fall", "performance_level": "Level 4"}),
    Planted("AS-03", RESULTS, {"result_id": "x9"}),
    Planted("AS-04", RESULTS, {"window_name": "Fall", "tested_grade": "06", "performance_level": "2"}),
    Planted("AS-05", RESULTS, {"scale_score": None, "performance_level": None, "status_code": None}),
    Planted("AS-07", RESULTS, {"student_id": "999999998"}),
    Planted("AS-10", RESULTS, {"scale_score": "N/A"}),
    Planted("AS-11", RESULTS, {"subject": "ART"}),
    Planted("AS-12", RESULTS, {"student_id": None}),
    Planted("AS-14", RESULTS, {"school_year": "1926"}),
    Planted("AS-14", RESULTS, {"school_year": None, "test_date": "spring"}),
    Planted("AS-13", RESULTS, {"window_name": "Fall", "test_date": "2025-04-15"}),
    Planted("ST-02", STAFF, {"staff_id": " "}),
    Planted("ST-03", STAFF, {}),
    Planted("ST-04", STAFF, {"staff_id": "E9", "fte": "100"}),
    Planted("ST-04", STAFF, {"staff_id": "E9", "fte": "full"}),
    Planted("ST-05", STAFF, {"staff_id": "E9", "termination_date": "2019-07-31"}),
    Planted("ST-05", STAFF, {"staff_id": "E9", "hire_date": "last summer"}),
    Planted("ST-06", STAFF, {"staff_id": "E9", "years_experience_at_hire": "-1"}),
    Planted("ST-07", STAFF, {"staff_id": "E9", "years_experience_at_hire": "41"}),
    Planted("ST-08", ASSIGNMENTS, {"assignment_id": "J9", "staff_id": None}),
    Planted("ST-09", ASSIGNMENTS, {"assignment_id": "J9", "staff_id": "E9"}),
    Planted("ST-10", ASSIGNMENTS, {"assignment_id": "J9", "end_date": "2025-08-17"}),
    Planted("ST-10", ASSIGNMENTS, {"assignment_id": "J9", "end_date": "June"}),
    Planted("ST-11", ASSIGNMENTS, {"assignment_id": "J9", "school_year": "1925"}),
    Planted("ST-11", ASSIGNMENTS, {"assignment_id": "J9", "school_year": None, "begin_date": None}),
    Planted("ST-12", ASSIGNMENTS, {"assignment_id": "J9", "fte": "-0.5"}),
    Planted("ST-13", ASSIGNMENTS, {}),
    Planted("ST-01", ASSIGNMENTS, {"assignment_id": "J9", "school_year": "2019", "begin_date": "2018-08-18"}),
    Planted("TR-01", TRAINING, {"record_id": "T9", "staff_id": None}),
    Planted("TR-02", TRAINING, {"record_id": "T9", "staff_id": "E9"}),
    Planted("TR-03", TRAINING, {"record_id": "T9", "hours": "-2"}),
    Planted("TR-03", TRAINING, {"record_id": "T9", "hours": "2 h"}),
    Planted("TR-04", TRAINING, {"record_id": "T9", "completed_on": "2025-08-31"}),
    Planted("TR-04", TRAINING, {"record_id": "T9", "enrolled_on": "2025-13-01"}),
    Planted("TR-05", TRAINING, {"record_id": "T9", "score": "101"}),
    Planted("TR-06", TRAINING, {"record_id": "T9", "enrolled_on": None, "completed_on": None}),
    Planted("TR-07", TRAINING, {}),
    Planted("TR-08", TRAINING, {"record_id": "T9", "status": "enrolled"}),
    Planted("TR-08", TRAINING, {"record_id": "T9", "completed_on": None}),
    Planted("PR-19", PROGRAMS, {"participation_id": "P9", "student_id": None}),
    Planted("PR-20", PROGRAMS, {"participation_id": "P9", "student_id": "9999"}),
    Planted("PR-21", PROGRAMS, {"participation_id": "P9", "begin_date": "autumn"}),
    Planted("PR-22", PROGRAMS, {"participation_id": "P9", "end_date": "2025-09-14"}),
    Planted("PR-22", PROGRAMS, {"participation_id": "P9", "end_date": "open"}),
    Planted("PR-23", PROGRAMS, {"participation_id": "P9", "sessions_attended": "-1"}),
    Planted("PR-23", PROGRAMS, {"participation_id": "P9", "sessions_attended": "2.5"}),
    Planted("PR-24", PROGRAMS, {"participation_id": "P9", "program_code": ""}),
    Planted("PR-25", PROGRAMS, {}),
    Planted("PR-08", PROGRAMS, {"participation_id": "P9", "begin_date": "2025-08-17"}),
    Planted("SU-01", SURVEY, {"response_id": "V9", "q_voice": "6"}),
    Planted("SU-01", SURVEY, {"response_id": "V9", "q_safety": "agree"}),
    Planted("SU-01", SURVEY, {"response_id": "V9", "q_safety": "0"}),
    Planted("SU-02", SURVEY, {}),
    Planted("SU-03", SURVEY, {"response_id": "V9", "school_year": None, "submitted_on": None}),
    Planted("SU-04", SURVEY, {"response_id": "V9", "respondent_type": "visitor"}),
    Planted("SU-05", SURVEY, {"response_id": None}),
    Planted("SU-06", SURVEY, {"response_id": "V9", "school_id": "999"}),
    Planted("SU-07", SURVEY, {"response_id": "V9", "q_safety": None, "q_belonging": " ", "q_voice": None}),
    Planted("DC-01", CERTIFICATIONS, {"student_id": " "}),
    Planted("DC-02", CERTIFICATIONS, {"certified_on": "45870"}),
    Planted("DC-02", CERTIFICATIONS, {"ends_on": "June"}),
    Planted("DC-03", CERTIFICATIONS, {"certification_type": "LUNCH"}),
    Planted("DC-04", CERTIFICATIONS, {"ends_on": "2025-07-31"}),
    Planted("PS-01", COLLEGE, {"student_id": "_"}),
    Planted("PS-02", COLLEGE, {"student_id": "9999_"}),
    Planted("PS-02", COLLEGE, {"student_id_type": "state"}),
    Planted("PS-03", COLLEGE, {"enrollment_begin": "20251215"}),
    Planted("PS-04", COLLEGE, {"record_found": "yes"}),
    Planted("PS-04", COLLEGE, {"college_name": None}),
    Planted("PS-04", COLLEGE, {"enrollment_begin": None}),
    Planted("PS-05", COLLEGE, {"enrollment_end": "2.02512E+07"}),
    Planted("PS-06", COLLEGE, {"student_id": "1001"}),
    Planted("GR-01", COHORTS, {"student_id": " "}),
    Planted("GR-02", COHORTS, {}),
    Planted("GR-03", COHORTS, {"student_id": "1003", "grade9_school_year": "ninth"}),
    Planted("GR-03", COHORTS, {"student_id": "1003", "grade9_school_year": "1994"}),
    Planted("GR-04", COHORTS, {"student_id": "1003", "exit_date": "2025-06-05", "exit_code": "ZZ9"}),
    Planted("GR-05", COHORTS, {"student_id": "1003", "exit_code": "GRAD"}),
    Planted("GR-05", COHORTS, {"student_id": "1003", "exit_date": "2025-06-05"}),
    *(
        Planted("GW-01", GROWTH, {"growth_percentile": percentile})
        for percentile in ("0", "100", "-5", "47.5", "high", "nan")
    ),
    *(Planted("GW-02", GROWTH, {"adequate_percentile": percentile}) for percentile in ("0", "100", "99.5", "> 99")),
    Planted("GW-03", GROWTH, {"state_student_id": " "}),
    Planted("GW-04", GROWTH, {"school_year": "spring"}),
    Planted("GW-04", GROWTH, {"school_year": None}),
    Planted("GW-04", GROWTH, {"school_year": "1926"}),
    Planted("GW-05", GROWTH, {"subject": "Reading"}),
    Planted("GW-05", GROWTH, {"subject": None}),
    Planted("GW-06", GROWTH, {"growth_percentile": "80", "school_year": "2025-2026", "subject": " ela"}),
    Planted("GW-07", GROWTH, {"state_student_id": "912345679"}),
    Planted("GW-07", GROWTH, {"student_id": "9999"}),
    Planted("GW-08", GROWTH, {"state_student_id": "912345672"}),
    Planted("GW-09", GROWTH, {"prior_performance_level": "Met"}),
    Planted("GW-09", GROWTH, {"prior_performance_level": None, "prior_proficient": "perhaps"}),
    Planted(
        "GW-10",
        GROWTH,
        {"prior_performance_level": "3"},
        before=(
            (
                RESULTS,
                {"result_id": "x0", "school_year": "2025", "test_date": "2025-04-15", "performance_level": "2"},
            ),
        ),
    ),
    Planted("ST-14", POSITIONS, {"position_id": None}),
    Planted("ST-14", POSITIONS, {"position_id": "B9", "school_year": "this year"}),
    Planted("ST-15", POSITIONS, {"school_year": "2025-2026"}),
    Planted("ST-16", POSITIONS, {"position_id": "B9", "budgeted_fte": "40"}),
    Planted("ST-16", POSITIONS, {"position_id": "B9", "filled_fte": "half"}),
    Planted("SU-08", INVITATIONS, {"respondent_type": "visitor"}),
    Planted("SU-08", INVITATIONS, {"respondent_type": "staff", "school_id": None}),
    Planted("SU-08", INVITATIONS, {"respondent_type": "staff", "school_year": "spring"}),
    Planted("SU-09", INVITATIONS, {"respondent_type": "staff", "invited": "all"}),
    Planted("SU-09", INVITATIONS, {"respondent_type": "staff", "invited": "-1"}),
    Planted("SU-10", INVITATIONS, {"school_year": "2025-2026"}),
    Planted("PK-01", STOCKTAKES, {"stocktake_id": " "}),
    Planted("PK-01", STOCKTAKES, {"stocktake_id": "S9", "planned_on": "in May"}),
    Planted("PK-02", STOCKTAKES, {"stocktake_id": "S9", "exported_on": None}),
    Planted("PK-03", STOCKTAKES, {"stocktake_id": "S9", "held_on": "2026-06-06"}),
    Planted("PK-03", STOCKTAKES, {"stocktake_id": "S9", "held_on": "yes"}),
    Planted("PK-04", STOCKTAKES, {}),
    Planted("PK-05", ACTIONS, {"action_id": None}),
    Planted("PK-05", ACTIONS, {"action_id": "A9", "due_on": None}),
    Planted("PK-06", ACTIONS, {"action_id": "A9", "exported_on": "today"}),
    Planted("PK-07", ACTIONS, {"action_id": "A9", "closed_on": "2026-06-06"}),
    Planted("PK-08", ACTIONS, {}),
    Planted("PL-01", GOALS, {"goal_id": None}),
    Planted("PL-02", GOALS, {"goal_id": "G9", "end_year": "2024"}),
    Planted("PL-02", GOALS, {"goal_id": "G9", "begin_year": "soon"}),
    Planted("PL-03", GOALS, {}),
    Planted("PL-04", MEASURES, {"measure_id": None}),
    Planted("PL-05", MEASURES, {"measure_id": "M9", "goal_id": "G9"}),
    Planted("PL-06", MEASURES, {"measure_id": "M9", "metric": "happiness"}),
    Planted("PL-07", MEASURES, {"measure_id": "M9", "member": None}),
    Planted("PL-08", MEASURES, {}),
    Planted("PL-09", TARGETS, {"measure_id": "M9"}),
    Planted("PL-10", TARGETS, {"school_year": "2027", "target_value": "19,5 %"}),
    Planted("PL-11", TARGETS, {"school_year": "2029"}),
    Planted("PL-12", TARGETS, {}),
    Planted("PL-13", REVIEWS, {"review_id": "R9", "meeting_date": "every month"}),
    Planted("PL-14", REVIEWS, {"review_id": "R9", "goal_id": "G9"}),
    Planted("PL-15", REVIEWS, {}),
    Planted("DB-01", DB_SCHOOLS, {"school_id": "9", "school_number": " "}),
    Planted("DB-02", DB_STUDENTS, {"student_id": "9", "student_number": None}),
    Planted("DB-03", DB_STUDENTS, {"student_id": "9"}),
    Planted("DB-03", DB_STUDENTS, {"student_id": "10", "is_deleted": "false"}),
    Planted("DB-04", DB_STUDENTS, {"student_id": "9", "student_number": "1009", "grade_level": "form two"}),
    Planted("DB-05", DB_DEMOGRAPHICS, {"student_id": "9"}),
    Planted("DB-06", DB_ENROLLMENTS, {"enrollment_id": "9", "entry_date": None}),
    Planted("DB-06", DB_ENROLLMENTS, {"enrollment_id": "9", "exit_date": "31.12.2025"}),
    Planted("DB-07", DB_ENROLLMENTS, {"enrollment_id": "9", "exit_date": "2025-08-17"}),
    Planted("DB-08", DB_ENROLLMENTS, {"enrollment_id": "9", "student_id": "9"}),
    Planted("DB-09", DB_ENROLLMENTS, {"enrollment_id": "9", "school_id": "9"}),
    Planted("DB-10", DB_ENROLLMENTS, {"enrollment_id": "9", "grade_level": "?"}),
    Planted("DB-11", DB_STAFF, {"staff_id": "9", "staff_number": None}),
    Planted("DB-12", DB_ASSIGNMENTS, {"assignment_id": "9", "staff_id": "9"}),
    *(
        Planted("AT-19", TAKEN, changes)
        for changes in (
            {"school_id": None},
            {"section_id": " "},
            {"attendance_date": "Friday"},
            {"is_taken": None},
            {"is_taken": "perhaps"},
        )
    ),
    *(
        Planted("LD-10", TOTALS, {"entity": "roles", **changes})
        for changes in (
            {"entity": "no_such_table"},
            {"extracted_on": "yesterday"},
            {"row_count": "many"},
            {"row_count": "-3"},
            {"key_column": "shoe_size"},
            {"key_column": None},
            {"key_checksum": "9f86d0"},
        )
    ),
    *(
        Planted("EN-28", COUNTS, changes)
        for changes in (
            {"counted_on": "autumn"},
            {"school_id": " "},
            {"grade_level": "form two"},
            {"students": "about twenty"},
        )
    ),
    *(
        Planted("AS-19", SUMMARIES, changes)
        for changes in (
            {"tested_grade": None},
            {"school_year": "soon"},
            {"tested": "-1"},
            {"proficient": "2"},
            {"proficient": None, "percent_proficient": "100.5"},
        )
    ),
)

WHOLE_FILE_RULES = {"LD-01", "LD-02", "LD-04", "LD-05", "LD-06", "LD-07", "LD-08", "LD-09"}
"""Rules on what landing recorded, tested one by one below, and LD-04 in test_control_totals.py."""


def by_key(key: str) -> Rule:
    return next(rule for rule in RULES if rule.key == key)


def test_a_clean_district_is_accused_of_nothing(clean_warehouse: MadeUpWarehouse) -> None:
    results = clean_warehouse.evaluate()
    assert {key for key, result in results.items() if result.outcome != "pass"} == set()
    for table, rows in CLEAN.items():
        for rule in rules_on(table):
            if rule.judges_raw_rows and rule.population is None:
                assert results[rule.key].rows_checked == len(rows)


@pytest.mark.parametrize("planted", PLANTED, ids=str)
def test_a_rule_finds_the_planted_row_and_no_other(clean_warehouse: MadeUpWarehouse, planted: Planted) -> None:
    for table, changes in planted.before:
        clean_warehouse.variant(table, **changes)
    row_id = clean_warehouse.variant(planted.table, **planted.changes)
    rule = by_key(f"{planted.rule_id}:{planted.table}")

    result = clean_warehouse.evaluate(*rules_on(planted.table))[rule.key]

    assert clean_warehouse.found(rule.id) == {row_id}
    assert clean_warehouse.rejected(rule.id) == ({row_id} if rule.action == "quarantine" else set())
    assert result.rows_failed == 1
    assert result.outcome == ("fail" if rule.severity == "fatal" else "warn")
    (row,) = result.sample
    assert (row["_source_file"], row["_source_row"]) == tuple(row_id.split("#"))
    assert IDENTIFYING_COLUMNS.isdisjoint(row)


def test_every_raw_rule_has_a_planted_row() -> None:
    planted = {case.rule_id for case in PLANTED}
    # Those on the Ed-Fi API are tried in test_edfi_rules.py.
    judged = {rule.id for rule in RULES if rule.stage == "raw" and rule.domain != "edfi"}
    assert planted | WHOLE_FILE_RULES == judged


def test_of_repeated_attributes_the_last_delivered_row_is_kept(clean_warehouse: MadeUpWarehouse) -> None:
    clean_warehouse.variant(ATTRIBUTES, english_learner="false")
    clean_warehouse.evaluate(*rules_on(ATTRIBUTES))
    assert clean_warehouse.found("ID-16") == {f"{ATTRIBUTES}.csv#2"}


@pytest.mark.parametrize(
    "changes",
    [
        {"into_id": "1002", "effective_on": "2026-09-01"},
        {"into_id": "1002", "effective_on": "2025-10-01", "revoked_on": "2026-01-01"},
        {"into_id": "1002", "person_type": "staff"},
        {"person_id": "1001", "into_id": "1003", "person_type": "staff"},
        {"person_id": "1001", "into_id": "1002"},
        {"person_id": "1004"},
    ],
    ids=str,
)
def test_decisions_contradict_one_another_only_while_both_stand(clean_warehouse: MadeUpWarehouse, changes: Row) -> None:
    """Not yet effective, revoked, about other people, a chain, and two records of one person."""
    clean_warehouse.variant(DECISIONS, decision_id="m2", **changes)
    clean_warehouse.evaluate(*rules_on(DECISIONS))
    assert not clean_warehouse.found("ID-20") | clean_warehouse.found("ID-21")


def test_what_leans_on_a_rejected_row_is_rejected_too(clean_warehouse: MadeUpWarehouse) -> None:
    """Otherwise an enrolment would be staged for a student who is not."""
    clean_warehouse.variant(USERS, **{**NEW_USER, "identifier": None})
    enrollment = clean_warehouse.variant(ENROLLMENTS, sourced_id="e9", user_sourced_id="u9")
    clean_warehouse.evaluate()
    assert clean_warehouse.found("EN-19") == {enrollment}


def test_events_on_a_day_whose_calendar_row_was_rejected_are_not_accused(clean_warehouse: MadeUpWarehouse) -> None:
    clean_warehouse.variant(CALENDAR, calendar_date="2025-09-08", day_type="half_moon")
    clean_warehouse.variant(ATTENDANCE, attendance_id="a9", attendance_date="2025-09-08")
    clean_warehouse.evaluate(*rules_on(CALENDAR), *rules_on(ATTENDANCE))
    assert clean_warehouse.found("CA-02")
    assert clean_warehouse.found("AT-02") == set()


def test_deleted_users_need_no_number(clean_warehouse: MadeUpWarehouse) -> None:
    clean_warehouse.variant(USERS, **{**NEW_USER, "identifier": None, "status": "tobedeleted"})
    clean_warehouse.evaluate(*rules_on(USERS))
    assert clean_warehouse.found("ID-01") == set()


@pytest.mark.parametrize("mark", ["true", "1", "2026-01-02 03:04:05"])
def test_a_row_that_the_database_marks_as_deleted_needs_nothing(clean_warehouse: MadeUpWarehouse, mark: str) -> None:
    clean_warehouse.variant(DB_STUDENTS, student_number=None, grade_level=None, is_deleted=mark)
    clean_warehouse.variant(DB_ENROLLMENTS, student_id="nobody", entry_date=None, is_deleted=mark)
    results = clean_warehouse.evaluate(*rules_on(DB_STUDENTS), *rules_on(DB_ENROLLMENTS))
    assert {key for key, result in results.items() if result.outcome != "pass"} == set()


def test_a_district_without_roster_and_calendar_is_not_accused_of_lacking_them(
    empty_warehouse: MadeUpWarehouse,
) -> None:
    for period in ("1", "2"):
        empty_warehouse.variant(ATTENDANCE, attendance_id=f"a{period}", period=period, record_basis="every_day")
    for table in (ATTRIBUTES, MARKS, DISCIPLINE, STATUSES):
        empty_warehouse.variant(table)
    empty_warehouse.variant(RESULTS, instrument="IREADY", student_id="1001", student_id_type="local", scale_score="512")
    results = empty_warehouse.evaluate()
    assert {key for key, result in results.items() if result.outcome != "pass"} == set()


VENDOR_RESULT = {
    "instrument": "MAP_GROWTH",
    "subject": "READING",
    "window_name": "Fall",
    "test_date": "2025-09-16",
    "scale_score": "208",
    "performance_level": "Avg",
}


def test_results_of_other_tests_are_not_judged_by_the_rules_of_the_state_test(clean_warehouse: MadeUpWarehouse) -> None:
    vendor = {**VENDOR_RESULT, "school_id": None, "status_code": None}
    clean_warehouse.variant(RESULTS, **vendor, tested_grade="09")
    clean_warehouse.variant(RESULTS, **{**vendor, "scale_score": "215"}, tested_grade=None)
    clean_warehouse.variant(RESULTS, **{**vendor, "scale_score": None, "performance_level": "P"}, tested_grade=None)
    clean_warehouse.variant(RESULTS, **{**vendor, "student_id": "v-1", "student_id_type": "vendor"}, tested_grade=None)
    clean_warehouse.evaluate(*rules_on(RESULTS))
    for rule in ("AS-01", "AS-02", "AS-03", "AS-04", "AS-05", "AS-07", "AS-10", "AS-11"):
        assert clean_warehouse.found(rule) == set(), rule


def test_the_same_result_of_another_test_twice_is_still_a_repetition(clean_warehouse: MadeUpWarehouse) -> None:
    clean_warehouse.variant(RESULTS, **VENDOR_RESULT)
    repeated = clean_warehouse.variant(RESULTS, **VENDOR_RESULT, result_id="x9")
    clean_warehouse.evaluate(*rules_on(RESULTS))
    assert clean_warehouse.found("AS-03") == {repeated}


def test_people_of_oneroster_1_1_have_their_role_on_their_own_line(empty_warehouse: MadeUpWarehouse) -> None:
    """There is no roles.csv: a teacher still is no student without number, state id and grade, and a student is."""
    for table, rows in CLEAN.items():
        for row in rows if table != "oneroster__roles" else ():
            empty_warehouse.add(table, row)
    empty_warehouse.connection.execute(
        "update raw.oneroster__users set role = case sourced_id when 't1' then 'teacher' else 'Student' end"
    )
    results = empty_warehouse.evaluate()
    assert {key for key, result in results.items() if result.outcome != "pass"} == set()

    student: Row = {**NEW_USER, "identifier": None, "user_ids": None, "grades": None, "role": "student"}
    row_id = empty_warehouse.add(USERS, student)
    empty_warehouse.evaluate(*rules_on(USERS))
    assert empty_warehouse.found("ID-01") == {row_id}


def test_a_role_that_was_taken_back_excuses_no_student(clean_warehouse: MadeUpWarehouse) -> None:
    clean_warehouse.add(
        "oneroster__roles", {"sourced_id": "r9", "user_sourced_id": "u9", "role": "aide", "status": "tobedeleted"}
    )
    row_id = clean_warehouse.variant(USERS, **{**NEW_USER, "identifier": None})
    clean_warehouse.evaluate(*rules_on(USERS))
    assert clean_warehouse.found("ID-01") == {row_id}


@pytest.mark.parametrize("status", ["tobedeleted", "inactive", " ToBeDeleted "])
def test_a_record_that_was_taken_back_may_have_nothing_but_its_id(
    clean_warehouse: MadeUpWarehouse, status: str
) -> None:
    for table in (ORGS, SESSIONS, USERS, CLASSES, ENROLLMENTS, DEMOGRAPHICS):
        clean_warehouse.add(table, {"sourced_id": "gone", "status": status})
    clean_warehouse.evaluate()
    assert clean_warehouse.connection.execute("select rule_id, row_id from quarantine.rejected_rows").fetchall() == []
    found = "select rule_id, resource_type from validation.validation_result where action = 'flag'"
    assert clean_warehouse.connection.execute(found).fetchall() == []


# --- What becomes of a rejected row ----------------------------------------------------------------------------


def rejected(warehouse: MadeUpWarehouse) -> list[dict[str, Any]]:
    return (
        warehouse.connection.execute(
            "select source_table, row_id, rule_id, severity, reason, fix, payload->>'attendance_code' as code, "
            "payload->>'_source_row' as line, first_seen_at, detected_at from quarantine.rejected_rows"
        )
        .df()
        .to_dict("records")
    )


def test_a_rejected_row_stands_in_quarantine_whole_with_reason_and_fix(clean_warehouse: MadeUpWarehouse) -> None:
    row_id = clean_warehouse.variant(ATTENDANCE, attendance_date="2025-09-04", attendance_code="ZZZ")
    clean_warehouse.evaluate(*rules_on(ATTENDANCE))
    (row,) = rejected(clean_warehouse)
    assert (row["source_table"], row["row_id"], row["rule_id"]) == (ATTENDANCE, row_id, "AT-11")
    assert (row["code"], row["line"]) == ("ZZZ", row_id.split("#")[1])
    assert row["reason"] == by_key(f"AT-11:{ATTENDANCE}").reason
    assert row["fix"] == by_key(f"AT-11:{ATTENDANCE}").fix


def test_it_remembers_since_when_and_leaves_once_its_source_is_corrected(clean_warehouse: MadeUpWarehouse) -> None:
    row_id = clean_warehouse.variant(ATTENDANCE, attendance_date="2025-09-04", attendance_code="ZZZ")
    clean_warehouse.evaluate(*rules_on(ATTENDANCE), run_id="monday")
    clean_warehouse.evaluate(*rules_on(ATTENDANCE), run_id="tuesday", now=NOW + timedelta(days=1))
    (row,) = rejected(clean_warehouse)
    assert row["first_seen_at"] == NOW
    assert row["detected_at"] == NOW + timedelta(days=1)

    clean_warehouse.correct(ATTENDANCE, row_id, attendance_code="UNX")
    clean_warehouse.evaluate(*rules_on(ATTENDANCE), run_id="wednesday", now=NOW + timedelta(days=2))
    assert rejected(clean_warehouse) == []

    clean_warehouse.correct(ATTENDANCE, row_id, attendance_code="ZZZ")
    clean_warehouse.evaluate(*rules_on(ATTENDANCE), run_id="thursday", now=NOW + timedelta(days=3))
    (row,) = rejected(clean_warehouse)
    assert row["first_seen_at"] == NOW + timedelta(days=3)


def test_a_flagged_row_is_pointed_at_and_not_kept_out(clean_warehouse: MadeUpWarehouse) -> None:
    row_id = clean_warehouse.variant(DEMOGRAPHICS, **NO_RACE)
    clean_warehouse.evaluate(*rules_on(DEMOGRAPHICS))
    assert clean_warehouse.found("ID-10") == {row_id}
    assert rejected(clean_warehouse) == []
    columns = [
        name for name, *_ in clean_warehouse.connection.execute("describe validation.validation_result").fetchall()
    ]
    # Its result_id is the finding's, not an assessment's.
    assert IDENTIFYING_COLUMNS.isdisjoint(set(columns) - {"result_id"})


def test_a_rule_that_cannot_run_is_named_and_leaves_nothing_behind(clean_warehouse: MadeUpWarehouse) -> None:
    clean_warehouse.variant(ATTENDANCE, attendance_date="2025-09-04", attendance_code="ZZZ")
    clean_warehouse.evaluate(*rules_on(ATTENDANCE), run_id="before")
    broken = by_key(f"AT-11:{ATTENDANCE}").model_copy(update={"failing_rows": "select _row_id from raw.absent"})
    with pytest.raises(RuleError, match="AT-11:sis_files__attendance"):
        clean_warehouse.evaluate(broken, run_id="broken")
    assert len(rejected(clean_warehouse)) == 1
    assert {result.run_id for result in latest_results(clean_warehouse.connection)} == {"before"}


def test_what_soda_does_not_count_is_an_error_and_never_a_pass(
    clean_warehouse: MadeUpWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean_warehouse.evaluate(*rules_on(ATTENDANCE), run_id="before")
    monkeypatch.setattr(rule_evaluation, "count_failing_rows", lambda *_: dict.fromkeys(["rule_0"]))
    with pytest.raises(RuleError, match="Soda did not count the rows of"):
        clean_warehouse.evaluate(*rules_on(ATTENDANCE), run_id="without Soda")
    assert {result.run_id for result in latest_results(clean_warehouse.connection)} == {"before"}


def test_a_missing_seed_is_named(clean_warehouse: MadeUpWarehouse, tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"attendance_codes\.csv"):
        evaluate_rules(clean_warehouse.connection, RULES, stage="raw", run_id="r", now=NOW, reference_dir=tmp_path)


# --- How many rows may fail -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bad", "outcome"), [(0, "pass"), (1, "warn"), (2, "warn"), (3, "fail")])
def test_a_fatal_rule_fails_beyond_its_tolerance_only(empty_warehouse: MadeUpWarehouse, bad: int, outcome: str) -> None:
    """The tolerance is 1 %, and two rows of two hundred are just tolerated."""
    for number in range(200):
        day = date(2025, 8, 18) + timedelta(days=number)
        code = "ZZZ" if number < bad else "EXC"
        empty_warehouse.variant(ATTENDANCE, attendance_date=day.isoformat(), attendance_code=code)
    result = empty_warehouse.evaluate(*rules_on(ATTENDANCE))[f"AT-11:{ATTENDANCE}"]
    assert (result.rows_checked, result.rows_failed, result.outcome) == (200, bad, outcome)
    assert len(result.sample) == min(bad, 5)


def test_error_and_warn_never_fail(clean_warehouse: MadeUpWarehouse) -> None:
    for number in range(50):
        clean_warehouse.variant(DEMOGRAPHICS, sex=f"code {number}")
    result = clean_warehouse.evaluate(*rules_on(DEMOGRAPHICS))[f"ID-11:{DEMOGRAPHICS}"]
    assert (result.rows_failed, result.outcome) == (50, "warn")
    assert len(result.sample) == 5


# --- Rules on whole files ---------------------------------------------------------------------------------------


def deliver_weekly(warehouse: MadeUpWarehouse, *row_counts: int) -> str:
    for weeks_ago, rows in enumerate(reversed(row_counts)):
        warehouse.deliver(ATTENDANCE, rows, on=NOW.date() - timedelta(weeks=weeks_ago))
    return warehouse.evaluate(by_key(f"LD-01:{ATTENDANCE}"))[f"LD-01:{ATTENDANCE}"].outcome


@pytest.mark.parametrize(
    ("row_counts", "outcome"),
    [((100, 110, 105, 79), "fail"), ((100, 100, 100, 80), "pass"), ((10, 10, 1), "pass"), ((50,), "pass")],
)
def test_a_file_that_shrank_by_over_a_fifth_fails(
    empty_warehouse: MadeUpWarehouse, row_counts: tuple[int, ...], outcome: str
) -> None:
    assert deliver_weekly(empty_warehouse, *row_counts) == outcome


@pytest.mark.parametrize(
    ("kind", "rule_id", "outcome"),
    [("retyped", "LD-02", "fail"), ("new_column", "LD-07", "warn"), ("missing_column", "LD-07", "warn")],
)
def test_changed_columns_are_reported(empty_warehouse: MadeUpWarehouse, kind: str, rule_id: str, outcome: str) -> None:
    empty_warehouse.deliver(ATTENDANCE, 10)
    empty_warehouse.connection.execute(
        "insert into raw._schema_drift values ('sis_files', 'attendance', 'a.csv', 'day_fraction', ?, 'why', ?)",
        [kind, NOW],
    )
    results = empty_warehouse.evaluate(*rules_on(ATTENDANCE))
    assert {key for key, result in results.items() if result.outcome != "pass" and result.rule_id != "LD-08"} == {
        f"{rule_id}:{ATTENDANCE}"
    }
    assert results[f"{rule_id}:{ATTENDANCE}"].outcome == outcome
    assert results[f"{rule_id}:{ATTENDANCE}"].sample[0]["column_name"] == "day_fraction"


@pytest.mark.parametrize(("unreadable", "outcome"), [(1, "warn"), (2, "fail")])
def test_unreadable_lines_count_against_the_lines_of_the_file(
    clean_warehouse: MadeUpWarehouse, unreadable: int, outcome: str
) -> None:
    clean_warehouse.deliver(ATTENDANCE, 100, unreadable=unreadable)
    for line in range(unreadable):
        clean_warehouse.connection.execute(
            "insert into raw._unreadable_lines values ('sis_files', 'attendance', 'a.csv', ?, 8, 9, '1001,secret', ?)",
            [line, NOW],
        )
    result = clean_warehouse.evaluate(*rules_on(ATTENDANCE))[f"LD-05:{ATTENDANCE}"]
    assert (result.rows_checked, result.rows_failed, result.outcome) == (100, unreadable, outcome)
    assert "1001" not in str(result.sample)


def judged_with_rejected_of_a_hundred(warehouse: MadeUpWarehouse, rejected: int) -> tuple[int, int, str]:
    """What LD-06 says of a table of 100 rows of which some are rejected: rows, those found, and the outcome."""
    for number in range(100):
        warehouse.variant(
            STATUSES, begin_date=f"20{number % 20:02d}-01-01", end_date="1999-01-01" if number < rejected else None
        )
    result = warehouse.evaluate(*rules_on(STATUSES))[f"LD-06:{STATUSES}"]
    return result.rows_checked, result.rows_failed, result.outcome


def test_a_few_rejected_rows_are_no_finding_about_their_table(empty_warehouse: MadeUpWarehouse) -> None:
    """Each of them is a finding already; the table as a whole is within bounds."""
    assert judged_with_rejected_of_a_hundred(empty_warehouse, 5) == (100, 0, "pass")


def test_many_rejected_rows_of_different_rules_fail_together(empty_warehouse: MadeUpWarehouse) -> None:
    """Each rule is within its tolerance; together they reject more than 5 % of the table."""
    assert judged_with_rejected_of_a_hundred(empty_warehouse, 6) == (100, 6, "fail")


def test_a_delivery_without_rows_is_reported(empty_warehouse: MadeUpWarehouse) -> None:
    empty_warehouse.deliver(MARKS, 0)
    results = empty_warehouse.evaluate()
    assert {key for key, result in results.items() if result.outcome != "pass"} == {f"LD-08:{MARKS}"}


def test_a_source_that_did_not_land_holds_its_metrics_and_says_why(clean_warehouse: MadeUpWarehouse) -> None:
    clean_warehouse.deliver(ATTENDANCE, 100)
    connection = clean_warehouse.connection
    record_landing_failure(connection, "sis_files", ["attendance"], NOW, "a.csv: the column attendance_date is gone.")

    failed = {key: result for key, result in clean_warehouse.evaluate().items() if result.outcome == "fail"}
    assert set(failed) == {f"LD-09:{ATTENDANCE}"}
    (result,) = failed.values()
    assert set(result.metrics) == set(metric_feeds()[ATTENDANCE])
    assert result.reason.endswith("a.csv: the column attendance_date is gone.")
    assert result.reason in {one.reason for one in latest_results(connection)}

    forget_landing_failures(connection, "sis_files", ["attendance"])
    assert clean_warehouse.evaluate()[f"LD-09:{ATTENDANCE}"].outcome == "pass"


@pytest.mark.parametrize(("days", "outcome"), [(3, "pass"), (4, "fail")])
def test_a_table_that_has_not_landed_for_days_holds_its_metrics(
    empty_warehouse: MadeUpWarehouse, days: int, outcome: str
) -> None:
    empty_warehouse.deliver(ATTENDANCE, 100, on=(NOW - timedelta(days=days)).date())
    assert empty_warehouse.evaluate()[f"LD-09:{ATTENDANCE}"].outcome == outcome


# --- What is kept for certification -----------------------------------------------------------------------------


def test_the_latest_results_are_those_of_the_last_run(clean_warehouse: MadeUpWarehouse) -> None:
    row_id = clean_warehouse.variant(ATTENDANCE, attendance_date="2025-09-04", attendance_code="ZZZ")
    clean_warehouse.evaluate(*rules_on(ATTENDANCE), run_id="first")
    clean_warehouse.correct(ATTENDANCE, row_id, attendance_code="UNX")
    again = clean_warehouse.evaluate(*rules_on(ATTENDANCE), run_id="second", now=NOW + timedelta(hours=1))

    latest = {result.key: result for result in latest_results(clean_warehouse.connection)}

    assert latest == {key: result.model_copy(update={"sample": ()}) for key, result in again.items()}
    kept = clean_warehouse.connection.execute("select count(distinct run_id) from quarantine.rule_results").fetchone()
    assert kept == (2,)


def test_a_repeated_evaluation_replaces_its_own_results(clean_warehouse: MadeUpWarehouse) -> None:
    results = clean_warehouse.evaluate(*rules_on(ATTENDANCE))
    clean_warehouse.evaluate(*rules_on(ATTENDANCE))
    count = clean_warehouse.connection.execute("select count(*) from quarantine.rule_results").fetchone()
    assert count == (len(results),)


# --- The registry -----------------------------------------------------------------------------------------------


def test_rules_are_evaluated_for_every_source_table() -> None:
    assert set(evaluation_order()) == set(source_tables())
    assert {rule.table for rule in RULES if rule.judges_raw_rows} <= set(evaluation_order())


def rule_with(**changes: object) -> Rule:
    return Rule.model_validate({**by_key(f"AT-11:{ATTENDANCE}").model_dump(), **changes})


def test_a_rule_may_not_show_who_a_row_is_about() -> None:
    with pytest.raises(ValidationError, match="student_id"):
        rule_with(sample_columns=("attendance_code", "student_id"))


@pytest.mark.parametrize(
    "changes",
    [
        {"metrics": ("attendance",)},
        {"stage": "marts", "table": "fct_attendance_day"},
        {"failing_rows": "select attendance_id from raw.sis_files__attendance"},
        {"severity": "critical"},
        {"tolerance_percent": 101},
        {"id": "attendance-1"},
        {"explained_by": "message"},
    ],
    ids=str,
)
def test_a_rule_that_makes_no_sense_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        rule_with(**changes)


def test_two_rules_of_one_name_are_refused(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "quality" / "rules" / "calendar.yml").read_text()
    (tmp_path / "a.yml").write_text(text)
    (tmp_path / "b.yml").write_text(text)
    with pytest.raises(RuleError, match="CA-01:sis_files__calendar"):
        load_rules(tmp_path)


def test_a_rule_file_that_lacks_something_is_named(tmp_path: Path) -> None:
    (tmp_path / "calendar.yml").write_text("domain: calendar\nrules:\n  - id: CA-01\n    table: sis_files__calendar\n")
    with pytest.raises(RuleError, match=r"calendar\.yml"):
        load_rules(tmp_path)
