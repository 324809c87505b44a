"""The Ed-Fi documents say what the delivered files say: nothing is lost, and no date moves by a day."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from ingestion.sample_district.as_edfi import SampleDeliveryError, build_edfi_documents, write_edfi_documents
from ingestion.sample_district.generate import generate_sample_district

Rows = list[tuple[object, ...]]


def from_file(delivered: Path, pattern: str, columns: str, where: str = "true") -> Rows:
    source = f"read_csv('{delivered / pattern}', all_varchar = true, header = true)"
    return duckdb.execute(f"select {columns} from {source} where {where} order by all").fetchall()


def from_documents(documents: duckdb.DuckDBPyConnection, resource: str, columns: str, where: str = "true") -> Rows:
    return documents.execute(
        f"select {columns} from (select cast(document as json) as d from documents where resource = '{resource}') "
        f"where {where} order by all"
    ).fetchall()


STUDENT = "d ->> '$.studentReference.studentUniqueId'"
DATES = "d ->> '$.beginDate', d ->> '$.endDate'"
PROGRAM_TYPE = "split_part(d ->> '$.programReference.programTypeDescriptor', '#', 2)"
STATUS_RESOURCES = {
    "EL": (
        "studentLanguageInstructionProgramAssociations",
        "$.programParticipationStatuses[0].participationStatusDescriptor",
    ),
    "IEP": ("studentSpecialEducationProgramAssociations", "$.disabilities[0].disabilityDescriptor"),
    "MEAL": (
        "studentSchoolFoodServiceProgramAssociations",
        "$.schoolFoodServiceProgramServices[0].schoolFoodServiceProgramServiceDescriptor",
    ),
    "HOMELESS": ("studentHomelessProgramAssociations", "$.homelessPrimaryNighttimeResidenceDescriptor"),
    "MIGRANT": ("studentMigrantEducationProgramAssociations", None),
}
CODES: dict[object, str] = {
    "Free Lunch": "FREE",
    "Reduced Price Lunch": "REDUCED",
    "Full Price Lunch": "PAID",
    "Doubled-up": "DOUBLED_UP",
    "Shelters": "SHELTER",
    "Hotels/motels": "HOTEL",
    "Unsheltered": "UNSHELTERED",
    # A program that states no disability is an IEP and no more.
    None: "IEP",
    "Autism Spectrum Disorders": "AUT",
    "Hearing Impairment, including Deafness": "HI",
    "Intellectual Disability": "ID",
    "Multiple Disabilities": "MD",
    "Orthopedic Impairment": "OI",
    "Other Health Impairment": "OHI",
    "Serious Emotional Disability": "ED",
    "Specific Learning Disability": "SLD",
    "Speech or Language Impairment": "SLI",
    "Visual Impairment, including Blindness": "VI",
}


@pytest.mark.parametrize("status", STATUS_RESOURCES)
def test_statuses_keep_code_and_dates(documents: duckdb.DuckDBPyConnection, delivered: Path, status: str) -> None:
    resource, path = STATUS_RESOURCES[status]
    code = f"split_part(d ->> '{path}', '#', 2)" if path else f"'{status}'"
    found = from_documents(documents, resource, f"{STUDENT}, {code}, {DATES}")
    found = sorted((student, CODES.get(name, name), *dates) for student, name, *dates in found)
    columns = "student_id, status_code, begin_date, end_date"
    expected = from_file(delivered, "sis/statuses.csv", columns, f"status_type = '{status}'")
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert expected


def test_section_504_is_an_association_of_its_own_since_standard_6(
    documents_of: Callable[[int], duckdb.DuckDBPyConnection], delivered: Path
) -> None:
    expected = from_file(delivered, "sis/statuses.csv", "student_id, begin_date, end_date", "status_type = '504'")
    of_5 = from_documents(
        documents_of(5),
        "studentProgramAssociations",
        f"{STUDENT}, {DATES}",
        f"{PROGRAM_TYPE} = 'Section 504 Placement'",
    )
    of_6 = from_documents(documents_of(6), "studentSection504ProgramAssociations", f"{STUDENT}, {DATES}")
    assert of_5 == of_6 == expected != []


def test_the_gifted_are_in_a_program_of_their_type(documents: duckdb.DuckDBPyConnection, delivered: Path) -> None:
    expected = from_file(delivered, "sis/statuses.csv", "student_id, begin_date, end_date", "status_type = 'GIFTED'")
    is_gifted = f"{PROGRAM_TYPE} = 'Gifted and Talented'"
    assert from_documents(documents, "studentProgramAssociations", f"{STUDENT}, {DATES}", is_gifted) == expected != []


@pytest.mark.parametrize(("characteristic", "status"), [("Foster Care", "FOSTER"), ("Parent in Military", "MILITARY")])
def test_a_characteristic_keeps_its_dates(
    documents: duckdb.DuckDBPyConnection, delivered: Path, characteristic: str, status: str
) -> None:
    found = documents.execute(
        f"""
        with
            people as (
                select
                    document ->> '$.studentReference.studentUniqueId' as student,
                    unnest(cast(document -> '$.studentCharacteristics' as json[])) as characteristic
                from documents
                where resource in ('studentEducationOrganizationAssociations', 'studentDemographics')
            ),
            periods as (
                select student, unnest(cast(characteristic -> '$.periods' as json[])) as period
                from people
                where (characteristic ->> '$.studentCharacteristicDescriptor') like '%#{characteristic}'
            )
        select student, period ->> '$.beginDate', period ->> '$.endDate' from periods order by all
        """
    ).fetchall()
    columns = "student_id, begin_date, end_date"
    assert found == from_file(delivered, "sis/statuses.csv", columns, f"status_type = '{status}'")


def test_stays_end_on_the_last_day_and_keep_their_grade(documents: duckdb.DuckDBPyConnection, delivered: Path) -> None:
    found = from_documents(
        documents, "studentSchoolAssociations", f"{STUDENT}, d ->> '$.entryDate', d ->> '$.exitWithdrawDate'"
    )
    folder = delivered / "oneroster"
    expected = duckdb.execute(
        f"""
        select users.identifier, beginDate, cast(cast(endDate as date) - 1 as varchar)
        from read_csv('{folder}/enrollments.csv', all_varchar = true) as enrollments
        inner join read_csv('{folder}/classes.csv', all_varchar = true) as classes
            on classes.sourcedId = classSourcedId and classType = 'homeroom'
        inner join read_csv('{folder}/users.csv', all_varchar = true) as users on users.sourcedId = userSourcedId
        where role = 'student'
        order by all
        """
    ).fetchall()
    assert found == expected


def test_attendance_keeps_every_event_and_its_part_of_the_day(
    documents: duckdb.DuckDBPyConnection, delivered: Path
) -> None:
    found = from_documents(
        documents,
        "studentSchoolAttendanceEvents",
        f"{STUDENT}, d ->> '$.eventDate', cast(d ->> '$.eventDuration' as double)",
    )
    columns = "student_id, attendance_date, cast(day_fraction as double)"
    assert found == from_file(delivered, "sis/attendance_*.csv", columns)


def test_races_and_ethnicity_are_those_of_the_file(documents: duckdb.DuckDBPyConnection, delivered: Path) -> None:
    standard = documents.execute("select standard()").fetchall()[0][0]
    resource = "studentDemographics" if standard == 6 else "studentEducationOrganizationAssociations"
    found = from_documents(
        documents,
        resource,
        f"{STUDENT}, cast(d ->> '$.hispanicLatinoEthnicity' as boolean), "
        "coalesce(json_array_length(d -> '$.races'), 0)",
    )
    flags = (
        "americanIndianOrAlaskaNative",
        "asian",
        "blackOrAfricanAmerican",
        "nativeHawaiianOrOtherPacificIslander",
        "white",
        '"metadata.middleEasternOrNorthAfrican"',
    )
    count = " + ".join(f"cast({flag} = 'true' as integer)" for flag in flags)
    folder = delivered / "oneroster"
    expected = duckdb.execute(
        f"""
        select identifier, hispanicOrLatinoEthnicity = 'true', {count}
        from read_csv('{folder}/demographics.csv', all_varchar = true)
        inner join read_csv('{folder}/users.csv', all_varchar = true) using (sourcedId)
        order by all
        """
    ).fetchall()
    assert found == expected


def test_both_ids_of_a_student_are_kept(documents_of: Callable[[int], duckdb.DuckDBPyConnection]) -> None:
    of_5 = from_documents(
        documents_of(5),
        "studentEducationOrganizationAssociations",
        f"{STUDENT}, d ->> '$.studentIdentificationCodes[1].identificationCode'",
    )
    of_6 = from_documents(
        documents_of(6),
        "studentIdentificationCodes",
        f"{STUDENT}, d ->> '$.identificationCode'",
        "(d ->> '$.studentIdentificationSystemDescriptor') like '%#State'",
    )
    assert of_5 == of_6
    assert all(len(str(state)) == 10 for _, state in of_6)


def test_sessions_of_a_program_can_be_counted(documents: duckdb.DuckDBPyConnection, delivered: Path) -> None:
    program = "d ->> '$.programReference.programName'"
    place = "d ->> '$.educationOrganizationReference.educationOrganizationId'"
    counted = documents.execute(
        f"""
        with
            sample_documents as (select resource, cast(document as json) as d from documents),
            events as (
                select {STUDENT} as student, {program} as program, {place} as place, d ->> '$.eventDate' as on_day
                from sample_documents where resource = 'studentProgramAttendanceEvents'
            ),
            stays as (
                select {STUDENT} as student, {program} as program, {place} as place,
                    d ->> '$.beginDate' as begins, d ->> '$.endDate' as ends
                from sample_documents where resource = 'studentProgramAssociations'
            )
        select student, program, begins, ends, cast(count(*) as varchar)
        from stays inner join events using (student, program, place)
        where on_day between begins and ends
        group by all order by all
        """
    ).fetchall()
    columns = "student_id, program_name, begin_date, end_date, sessions_attended"
    assert counted == from_file(delivered, "sis/programs.csv", columns)


def test_marks_credits_discipline_and_results_are_complete(
    documents: duckdb.DuckDBPyConnection, delivered: Path
) -> None:
    section = "d ->> '$.studentSectionAssociationReference.sectionIdentifier'"
    number = "d ->> '$.studentSectionAssociationReference.studentUniqueId'"
    period = "d ->> '$.gradingPeriodReference.gradingPeriodName'"
    letter = "d ->> '$.letterGradeEarned'"
    assert from_documents(documents, "grades", f"{number}, {section}, {period}, {letter}") == from_file(
        delivered, "sis/grades.csv", "student_id, section_id, term, letter_mark"
    )
    record = "d ->> '$.studentAcademicRecordReference.studentUniqueId'"
    earned = "cast(d ->> '$.earnedCredits' as double)"
    assert from_documents(
        documents, "courseTranscripts", f"{record}, d ->> '$.courseReference.courseCode', {earned}"
    ) == (
        from_file(
            delivered, "sis/grades.csv", "student_id, course_code, cast(credits_earned as double)", "is_final = 'true'"
        )
    )
    length = "cast(d ->> '$.actualDisciplineActionLength' as double)"
    action = f"d ->> '$.disciplineActionIdentifier', {STUDENT}, d ->> '$.disciplineDate', {length}"
    assert from_documents(documents, "disciplineActions", action) == from_file(
        delivered, "sis/discipline.csv", "action_id, student_id, action_begin_date, cast(duration_days as double)"
    )
    assert from_documents(
        documents, "studentAssessments", "d ->> '$.studentAssessmentIdentifier', d ->> '$.scoreResults[0].result'"
    ) == from_file(delivered, "assessment/state_assessment_*.csv", "record_id, scale_score")


def test_dirty_lines_change_no_document(tmp_path: Path) -> None:
    counts = []
    for rate in (0, 0.02):
        target = tmp_path / str(rate) / "delivered"
        generate_sample_district(target, students=150, schools=3, years=1, seed=3, dirty_rate=rate)
        counts.append(write_edfi_documents(target, tmp_path / str(rate) / "edfi", 5))
    assert counts[0] == counts[1]
    for resource in counts[0]:
        clean, dirty = ((tmp_path / rate / "edfi" / f"{resource}.ndjson").read_text() for rate in ("0", "0.02"))
        assert sorted(clean.splitlines()) == sorted(dirty.splitlines()), resource


def test_a_missing_delivery_is_named(tmp_path: Path) -> None:
    with pytest.raises(SampleDeliveryError, match=r"orgs\.csv is missing"):
        build_edfi_documents(tmp_path, 5)
