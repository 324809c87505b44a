"""A warehouse of a few made-up rows, clean until a test plants something in it."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import duckdb
import yaml

from ingestion.landing_log import create_landing_tables
from quality.registry import Rule, Stage, load_rules
from quality.rule_evaluation import evaluate_rules
from quality.rule_results import RuleResult
from quality.verify import MARTS_CONTRACTS, contract_paths
from quality.waivers import Waiver

SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds"
NOW = datetime(2026, 6, 6, 12, tzinfo=UTC)
TODAY = NOW.date()
RULES = load_rules()

Row = dict[str, str | None]

STUDENT: Row = {"sourced_id": "u1", "identifier": "1001", "user_ids": "{StateID:912345671}", "grades": "05"}
CLEAN: dict[str, list[Row]] = {
    "oneroster__orgs": [
        {"sourced_id": "o1", "name": "First school", "type": "school", "identifier": "101"},
        {"sourced_id": "o2", "name": "Second school", "type": "school", "identifier": "102"},
        {"sourced_id": "o0", "name": "The district", "type": "district"},
    ],
    "oneroster__academic_sessions": [
        {"sourced_id": "y1", "type": "schoolYear", "start_date": "2025-08-01", "end_date": "2026-06-30"}
    ],
    "oneroster__users": [
        {**STUDENT, "given_name": "Ada", "family_name": "One"},
        {
            **STUDENT,
            "sourced_id": "u2",
            "identifier": "1002",
            "user_ids": "{StateID:912345672}",
            "given_name": "Bo",
            "family_name": "Two",
        },
        {"sourced_id": "t1", "given_name": "Cy", "family_name": "Teacher"},
    ],
    "oneroster__roles": [
        {"sourced_id": "r1", "user_sourced_id": "u1", "role": "student"},
        {"sourced_id": "r2", "user_sourced_id": "u2", "role": "student"},
        {"sourced_id": "r3", "user_sourced_id": "t1", "role": "teacher"},
    ],
    "oneroster__courses": [{"sourced_id": "c1", "title": "Mathematics"}],
    "oneroster__classes": [
        {"sourced_id": "h1", "class_type": "homeroom", "grades": "05", "school_sourced_id": "o1"},
        {"sourced_id": "h2", "class_type": "homeroom", "grades": "05", "school_sourced_id": "o2"},
        {"sourced_id": "k1", "class_type": "scheduled", "school_sourced_id": "o1"},
    ],
    "oneroster__demographics": [
        {"sourced_id": "u1", "birth_date": "2015-03-14", "sex": "female", "white": "true"},
        {"sourced_id": "u2", "birth_date": "4/2/2015", "sex": "male", "hispanic_or_latino_ethnicity": "true"},
    ],
    "oneroster__enrollments": [
        {
            "sourced_id": "e1",
            "class_sourced_id": "h1",
            "school_sourced_id": "o1",
            "user_sourced_id": "u1",
            "role": "student",
            "begin_date": "2025-08-18",
        },
        {
            "sourced_id": "e2",
            "class_sourced_id": "h2",
            "school_sourced_id": "o2",
            "user_sourced_id": "u2",
            "role": "student",
            "begin_date": "2025-08-18",
            "end_date": "2025-08-18",
        },
        {
            "sourced_id": "e3",
            "class_sourced_id": "h1",
            "school_sourced_id": "o1",
            "user_sourced_id": "t1",
            "role": "teacher",
            "begin_date": "2020-08-18",
        },
    ],
    "sis_files__calendar": [
        {"school_id": school, "school_year": "2025-2026", "calendar_date": f"2025-09-0{day}", "day_type": kind}
        for school in ("101", "102")
        for day, kind in ((1, "holiday"), (2, "instructional"), (3, "instructional"), (4, "make_up"), (5, "weather"))
    ],
    "sis_files__attendance": [
        {
            "attendance_id": "a1",
            "student_id": "1001",
            "school_id": "101",
            "attendance_date": "9/3/2025",
            "attendance_code": "EXC",
            "day_fraction": "0.5",
            "record_basis": "exceptions",
        }
    ],
    "sis_files__statuses": [
        {
            "status_id": "s1",
            "student_id": "1001",
            "status_type": "EL",
            "status_code": "EL",
            "begin_date": "2020-08-20",
            "end_date": "2023-05-30",
        },
        {
            "status_id": "s2",
            "student_id": "1002",
            "status_type": "IEP",
            "status_code": "IEP",
            "begin_date": "2025-09-01",
            "end_date": "2025-09-01",
        },
    ],
    "sis_files__discipline": [
        {
            "action_id": "d1",
            "incident_id": "i1",
            "student_id": "1001",
            "school_id": "101",
            "incident_date": "2025-09-03",
            "behavior_code": "B1",
            "action_code": "OSS",
            "action_begin_date": "2025-09-04",
            "duration_days": "2",
        }
    ],
    "sis_files__student_attributes": [{"student_id": "1001", "english_learner": "true"}],
    "sis_files__marks": [
        {
            "mark_id": "m1",
            "student_id": "1001",
            "school_year": "2026",
            "numeric_mark": "88",
            "credits_attempted": "1",
            "credits_earned": "1",
        }
    ],
    "identity_decisions__decisions": [
        {
            "decision_id": "m1",
            "kind": "merge",
            "person_namespace": "local",
            "person_id": "1003",
            "into_namespace": "local",
            "into_id": "1001",
            "effective_on": "2025-09-01",
        }
    ],
    "assessment_files__results": [
        {
            "result_id": "x1",
            "instrument": "STATE",
            "window_name": "Spring",
            "school_year": "2026",
            "student_id": "912345671",
            "student_id_type": "state",
            "school_id": "101",
            "subject": "ELA",
            "tested_grade": "05",
            "scale_score": "2480",
            "performance_level": "3",
            "status_code": "VALID",
            "test_date": "2026-04-15",
        }
    ],
    "hr_files__staff": [
        {
            "staff_id": "E1",
            "given_name": "Cy",
            "family_name": "Teacher",
            "position": "Teacher",
            "hire_date": "2019-08-01",
            "years_experience_at_hire": "3",
            "fte": "1.0",
        }
    ],
    "hr_files__assignments": [
        {
            "assignment_id": "J1",
            "staff_id": "E1",
            "school_id": "101",
            "school_year": "2026",
            "job_title": "Teacher",
            "fte": "1.0",
            "begin_date": "2025-08-18",
            "end_date": "2026-05-29",
        }
    ],
    "training_files__records": [
        {
            "record_id": "T1",
            "staff_id": "E1",
            "course_code": "DATA101",
            "hours": "2.5",
            "enrolled_on": "2025-09-01",
            "completed_on": "9/20/2025",
            "status": "completed",
            "score": "88",
        },
        {
            "record_id": "T2",
            "staff_id": "E1",
            "course_code": "RJ130",
            "enrolled_on": "2026-01-10",
            "status": "enrolled",
        },
    ],
    "program_files__participations": [
        {
            "participation_id": "P1",
            "student_id": "1001",
            "school_id": "101",
            "school_year": "2026",
            "program_code": "AFTER",
            "begin_date": "2025-09-15",
            "end_date": "2025-12-19",
            "sessions_attended": "24",
        },
        {"participation_id": "P2", "student_id": "1001", "program_code": "AFTER", "begin_date": "2026-01-12"},
    ],
    "survey_files__responses": [
        {
            "response_id": "V1",
            "school_year": "2026",
            "school_id": "101",
            "respondent_type": "student",
            "grade": "05",
            "submitted_on": "2026-02-12",
            "q_safety": "5",
            "q_belonging": "1",
            "q_voice": "3",
        }
    ],
    "postsecondary_files__enrollments": [
        {
            "student_id": "1001_",
            "student_id_type": "local",
            "record_found": "Y",
            "college_code": "009901-00",
            "college_name": "Sample State University",
            "enrollment_begin": "20250825",
            "enrollment_end": "20251214",
            "enrollment_status": "F",
            "graduated": "N",
        },
        {"student_id": "912345672", "student_id_type": "state", "record_found": "N"},
    ],
    "direct_certification_files__certifications": [
        {"student_id": "1001", "certification_type": "SNAP", "certified_on": "2025-08-01", "ends_on": "2026-06-30"},
        {"state_student_id": "912345672", "certification_type": "Medicaid_Free", "certified_on": "8/1/2025"},
    ],
    "graduation_files__cohorts": [
        {"student_id": "1001", "grade9_school_year": "2024", "school_id": "101"},
        {"student_id": "1002", "grade9_school_year": "2021-2022", "exit_date": "2025-06-05", "exit_code": "Grad"},
    ],
    "growth_files__percentiles": [
        {
            "state_student_id": "912345671",
            "school_year": "2026",
            "school_id": "101",
            "subject": "ELA",
            "tested_grade": "05",
            "growth_percentile": "35",
            "adequate_percentile": "99",
            "prior_performance_level": "Level 2",
        },
        {
            "student_id": "1002",
            "school_year": "2025-2026",
            "subject": "Math",
            "growth_percentile": "1",
            "prior_proficient": "Y",
        },
        {"student_id": "1002", "school_year": "2025", "subject": "MATH", "tested_grade": "03"},
    ],
    "hr_files__positions": [
        {"position_id": "B1", "school_id": "101", "school_year": "2026", "job_title": "Teacher", "budgeted_fte": "1"},
        {
            "position_id": "B1",
            "school_year": "2024-2025",
            "job_title": "Teacher",
            "budgeted_fte": "1",
            "filled_fte": "0",
        },
    ],
    "survey_files__invitations": [
        {"school_year": "2026", "school_id": "101", "respondent_type": "student", "invited": "40"},
        {"school_year": "2025-2026", "school_id": "101", "respondent_type": "Family", "invited": "0"},
    ],
    "practice_store__stocktakes": [
        {"stocktake_id": "S1", "planned_on": "2025-09-09", "held_on": "9/10/2025", "exported_on": "2026-06-05"},
        {"stocktake_id": "S2", "school_id": "101", "planned_on": "2026-06-09", "exported_on": "2026-06-05"},
    ],
    "practice_store__actions": [
        {"action_id": "A1", "due_on": "2025-12-09", "closed_on": "2026-06-05", "exported_on": "2026-06-05"},
        {"action_id": "A2", "stocktake_id": "S1", "due_on": "2026-07-01", "exported_on": "2026-06-05"},
    ],
    "plan_files__goals": [{"goal_id": "G1", "title": "At school", "begin_year": "2025", "end_year": "2027-2028"}],
    "plan_files__measures": [
        {
            "measure_id": "M1",
            "goal_id": "G1",
            "metric": "chronic_absence_rate",
            "dimension": "homeless",
            "member": "yes",
        }
    ],
    "plan_files__targets": [{"measure_id": "M1", "school_year": "2026", "target_value": "19.5"}],
    "plan_files__reviews": [
        {"review_id": "R1", "goal_id": "G1", "meeting_date": "2025-09-09"},
        {"review_id": "R2", "meeting_date": "10/14/2026"},
    ],
    "sis_files__attendance_taken": [
        {"school_id": "101", "section_id": "h1", "attendance_date": "2026-06-05", "is_taken": "true"},
        {"school_id": "101", "section_id": "k1", "attendance_date": "6/5/2026", "is_taken": "N"},
    ],
    "control_files__table_totals": [
        {
            "system": "oneroster",
            "entity": "courses",
            "extracted_on": "2026-06-05",
            "row_count": "1",
            "key_column": "sourced_id",
            "key_checksum": "2851596665",
        },
        {"system": "SIS_Database", "entity": "Schools", "extracted_on": "6/5/2026", "row_count": "1"},
    ],
    "control_files__enrollment_counts": [
        {"counted_by": "sis", "counted_on": "2025-10-01", "school_id": "101", "grade_level": "05", "students": "1"},
        {"counted_on": "10/1/2025", "school_id": "101", "grade_level": "K", "students": "0"},
    ],
    "control_files__assessment_summaries": [
        {
            "instrument": "State",
            "school_year": "2026",
            "subject": "ELA",
            "school_id": "101",
            "tested_grade": "05",
            "tested": "1",
            "proficient": "1",
        },
        {
            "instrument": "STATE",
            "school_year": "2025-2026",
            "subject": "MATH",
            "school_id": "101",
            "tested_grade": "5",
            "tested": "3",
            "percent_proficient": "66.7",
        },
    ],
    "sis_database__schools": [{"school_id": "1", "school_number": "101", "school_name": "First school"}],
    "sis_database__students": [
        {"student_id": "1", "student_number": "1001", "grade_level": "05", "is_deleted": "false"},
        {"student_id": "2", "student_number": "1002", "grade_level": "K"},
    ],
    "sis_database__student_demographics": [{"student_id": "1", "birth_date": "2015-03-14", "gender": "female"}],
    "sis_database__enrollments": [
        {
            "enrollment_id": "1",
            "student_id": "1",
            "school_id": "1",
            "grade_level": "05",
            "entry_date": "2025-08-18",
            "exit_date": "2025-08-18",
        }
    ],
    "sis_database__staff_members": [{"staff_id": "1", "staff_number": "E1"}],
    "sis_database__staff_assignments": [{"assignment_id": "1", "staff_id": "1", "school_id": "1"}],
}
"""A district of two students that no rule has anything to say about. A OneRoster end date is exclusive."""


@dataclass
class MadeUpWarehouse:
    """Raw rows written as landing writes them, and the rules run over them."""

    connection: duckdb.DuckDBPyConnection
    lines: dict[str, int] = field(default_factory=lambda: defaultdict(lambda: 1))

    @classmethod
    def empty(cls) -> "MadeUpWarehouse":
        """All raw tables, without a row."""
        connection = duckdb.connect()
        create_landing_tables(connection)
        return cls(connection)

    @classmethod
    def clean(cls) -> "MadeUpWarehouse":
        """The clean district."""
        warehouse = cls.empty()
        for table, rows in CLEAN.items():
            for row in rows:
                warehouse.add(table, row)
        return warehouse

    def add(self, table: str, row: Row) -> str:
        """Add a row as the next line of the table's file and return its row id."""
        self.lines[table] += 1
        line = self.lines[table]
        row_id = f"{table}.csv#{line}"
        values: dict[str, object] = {**row, "_row_id": row_id, "_source_file": f"{table}.csv", "_source_row": line}
        names = ", ".join(f'"{name}"' for name in values)
        self.connection.execute(
            f"insert into raw.{table} ({names}) values ({', '.join('?' * len(values))})", list(values.values())
        )
        return row_id

    def variant(self, table: str, **changes: str | None) -> str:
        """Add a copy of the table's first clean row with some values changed."""
        return self.add(table, {**CLEAN[table][0], **changes})

    def deliver(self, table: str, rows: int, *, superseded: int = 0, unreadable: int = 0, on: date = TODAY) -> None:
        """Log a delivery of the table's file, landed on a day."""
        system, entity = table.split("__", 1)
        loaded_at = datetime(on.year, on.month, on.day, tzinfo=UTC)
        self.connection.execute(
            "insert into raw._deliveries values (?, ?, ?, 'full', ?, ?, ?, ?, ?, ?, ?)",
            [
                system,
                entity,
                f"{table}.csv",
                rows,
                rows - superseded - unreadable,
                superseded,
                unreadable,
                f"sha of {on}",
                on,
                loaded_at,
            ],
        )

    def correct(self, table: str, row_id: str, **changes: str) -> None:
        """Change a landed row as a corrected delivery would."""
        assigned = ", ".join(f"{name} = ?" for name in changes)
        self.connection.execute(f"update raw.{table} set {assigned} where _row_id = ?", [*changes.values(), row_id])

    def evaluate(
        self,
        *rules: Rule,
        stage: Stage = "raw",
        run_id: str = "run",
        now: datetime = NOW,
        waivers: tuple[Waiver, ...] = (),
    ) -> dict[str, RuleResult]:
        """Run the rules (all, when none is named) and return their results by key."""
        results = evaluate_rules(
            self.connection,
            rules or RULES,
            stage=stage,
            run_id=run_id,
            now=now,
            reference_dir=SEEDS,
            waivers=waivers,
        )
        return {result.key: result for result in results}

    def found(self, rule_id: str) -> set[str]:
        """Row ids that a rule found, rejected or not."""
        rows = self.connection.execute(
            "select resource_id from validation.validation_result where rule_id = ? and resolved_at is null", [rule_id]
        ).fetchall()
        return {row_id for (row_id,) in rows}

    def rejected(self, rule_id: str) -> set[str]:
        """Row ids that a rule keeps out of staging."""
        rows = self.connection.execute(
            "select row_id from quarantine.rejected_rows where rule_id = ?", [rule_id]
        ).fetchall()
        return {row_id for (row_id,) in rows}

    def create_marts(self) -> None:
        """Every mart, empty, with the columns and types of its contract."""
        self.connection.execute(_empty_marts())


@cache
def _empty_marts() -> str:
    statements = ["create schema marts"]
    for path in contract_paths(MARTS_CONTRACTS):
        columns = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)["columns"]
        body = ", ".join(
            f'"{column["name"]}" {column["data_type"].replace("decimal", "decimal(18, 4)")}' for column in columns
        )
        statements.append(f"create table marts.{path.stem} ({body})")
    return ";\n".join(statements)


def rules_on(table: str) -> tuple[Rule, ...]:
    """Raw rules of one table."""
    return tuple(rule for rule in RULES if rule.stage == "raw" and rule.table == table)
