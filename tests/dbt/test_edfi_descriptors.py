"""Every default value of the descriptors that conforming reads is mapped, or ignored for a reason that is given."""

import csv
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.ingestion.edfi_emulator.openapi import shared_file

ROOT = Path(__file__).resolve().parents[2]
SEED = ROOT / "dbt_project" / "seeds" / "crosswalks" / "edfi_descriptors.csv"
DESCRIPTORS = """
    AcademicSubject AssessmentPeriod AssessmentReportingMethod AttendanceEventCategory Behavior CalendarEvent
    CourseAttemptResult Disability DisabilityDesignation Discipline EducationOrganizationIdentificationSystem EntryType
    ExitWithdrawType GradeLevel GradeType GradingPeriod HomelessPrimaryNighttimeResidence
    LanguageInstructionProgramService LevelOfEducation LimitedEnglishProficiency PerformanceLevel ProgramType Race
    ReasonNotTested SchoolFoodServiceProgramService Sex SpecialEducationSetting StaffClassification
    StudentCharacteristic StudentIdentificationSystem SupporterMilitaryConnection TeachingCredential Term
    TribalAffiliation
""".split()


def seed() -> list[dict[str, str]]:
    with SEED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def defaults(descriptor: str) -> list[tuple[str, str]]:
    """Namespace and code of every default value, lower case."""
    folder = shared_file("edfi_ds52_descriptors_xml")
    path = folder / f"{descriptor}Descriptor.xml"
    # One file goes without the suffix.
    root = ElementTree.parse(path if path.exists() else folder / f"{descriptor}.xml").getroot()
    found = []
    for item in root:
        fields = {field.tag.rsplit("}", 1)[-1]: (field.text or "").strip() for field in item}
        found.append((fields["Namespace"].lower(), fields["CodeValue"].lower()))
    return found


@pytest.mark.parametrize("descriptor", DESCRIPTORS)
def test_every_default_value_is_mapped_or_ignored(descriptor: str) -> None:
    known = {(row["namespace"].lower(), row["code_value"].lower()) for row in seed()}
    values = defaults(descriptor)
    assert values
    assert [value for value in values if value not in known and (value[0], "*") not in known] == []


def test_each_row_either_means_something_or_gives_a_reason() -> None:
    for row in seed():
        mapped = bool(row["concept_column"] and row["meaning"])
        assert mapped != (row["is_ignored"] == "true"), row
        assert row["is_ignored"] in ("true", "false")
        assert mapped or row["reason"], row
        assert row["namespace"].endswith(f"/{row['descriptor']}"), row


def test_no_value_is_listed_twice() -> None:
    values = [(row["namespace"].lower(), row["code_value"].lower()) for row in seed()]
    assert sorted(values) == sorted(set(values))


def meanings(seed_name: str, column: str) -> set[str]:
    with (SEED.parent / f"{seed_name}.csv").open(encoding="utf-8", newline="") as file:
        return {row[column] for row in csv.DictReader(file)}


@pytest.mark.parametrize(
    ("concept_column", "allowed"),
    [
        ("attendance_records.attendance_category", meanings("attendance_codes", "attendance_category")),
        ("calendar_days.day_type", meanings("calendar_day_types", "day_type")),
        ("discipline_actions.action_category", meanings("discipline_actions", "action_category") | {"other"}),
        ("enrollments.grade_level", meanings("grade_levels", "grade_level")),
        ("student_demographics.gender", meanings("gender_codes", "gender")),
        ("student_statuses.status_type", meanings("student_statuses", "status_type")),
    ],
)
def test_meanings_are_those_of_the_other_crosswalks(concept_column: str, allowed: set[str]) -> None:
    used = {row["meaning"] for row in seed() if row["concept_column"] == concept_column}
    assert used
    assert used <= allowed
