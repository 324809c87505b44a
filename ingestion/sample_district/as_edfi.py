"""The sample district's deliveries as the resource documents that an Ed-Fi ODS/API would hold, in bulk.

DuckDB reads the delivered files and builds every document; the statements stand in `edfi_documents/`, in the order of
their numbers. Lines that contradict others are left out, as an ODS would have refused them.

Where each effective-dated status of `sis/statuses.csv` stands, with its begin and end date (inclusive both):

| status   | resource                                       | code of the status                               |
|----------|------------------------------------------------|--------------------------------------------------|
| EL       | studentLanguageInstructionProgramAssociations  | its participationStatusDescriptor                |
| IEP      | studentSpecialEducationProgramAssociations     | its disabilities, of which it states one or none |
| 504      | DS 6: studentSection504ProgramAssociations     | the resource itself                              |
|          | DS 5: studentProgramAssociations               | program type Section 504 Placement               |
| MEAL     | studentSchoolFoodServiceProgramAssociations    | its schoolFoodServiceProgramServices             |
| HOMELESS | studentHomelessProgramAssociations             | its homelessPrimaryNighttimeResidenceDescriptor  |
| GIFTED   | studentProgramAssociations                     | program type Gifted and Talented                 |
| MIGRANT  | studentMigrantEducationProgramAssociations     | the resource itself                              |
| FOSTER   | DS 5: studentEducationOrganizationAssociations | studentCharacteristics: Foster Care, whose dates |
|          | DS 6: studentDemographics                      | are those of its periods                         |
| MILITARY | as FOSTER                                      | studentCharacteristics: Parent in Military       |

As in many real stores, some of it is said twice: the characteristics Economic Disadvantaged and Homeless repeat, with
periods, what the meal and homeless programs say, and limitedEnglishProficiencyDescriptor tells today's state without
dates. The program associations are the ones to believe.

Other places to know: a school's number and a student's state id are identification codes (DS 5: in the school and in
the education organization association; DS 6: resources of their own); sessions of a program are counted by
studentProgramAttendanceEvents; credits stand in courseTranscripts; an assessment's instrument is its assessmentFamily;
a teacher's certification is a credential.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import duckdb

from ingestion.errors import IngestionError
from ingestion.sample_district import layouts

STANDARDS = (5, 6)
_DELIVERED = {
    "orgs": layouts.ORGS,
    "academic_sessions": layouts.ACADEMIC_SESSIONS,
    "users": layouts.USERS,
    "roles": layouts.ROLES,
    "courses": layouts.COURSES,
    "classes": layouts.CLASSES,
    "enrollments": layouts.ENROLLMENTS,
    "demographics": layouts.DEMOGRAPHICS,
    "calendar": layouts.CALENDAR,
    "attendance": layouts.ATTENDANCE,
    "statuses": layouts.STATUSES,
    "discipline": layouts.DISCIPLINE,
    "grades": layouts.GRADES,
    "programs": layouts.PROGRAMS,
    "state_assessment": layouts.STATE_ASSESSMENT,
    "staff": layouts.STAFF,
    "assignments": layouts.ASSIGNMENTS,
}


class SampleDeliveryError(IngestionError):
    """A file of the sample district is not where it was written."""


def build_edfi_documents(delivered: Path, standard: int) -> duckdb.DuckDBPyConnection:
    """Build the documents of every resource in a new in-memory database.

    Args:
        delivered: the folder that `generate_sample_district` wrote.
        standard: Ed-Fi data standard, 5 or 6.

    Returns:
        The database; its table `documents` has one row per document (resource, document as JSON text), each
        resource in the order in which a district would have sent it.

    Raises:
        SampleDeliveryError: a delivered file is missing.
    """
    if standard not in STANDARDS:
        raise ValueError(f"Data standard {standard} is not one of {STANDARDS}.")
    database = duckdb.connect()
    district = _read_deliveries(database, delivered)
    database.execute(f"create macro district_id() as cast({district} as bigint)")
    database.execute(f"create macro standard() as {standard}")
    for file in sorted(resources.files(__package__).joinpath("edfi_documents").iterdir(), key=lambda item: item.name):
        if file.name.endswith(".sql"):
            database.execute(file.read_text(encoding="utf-8"))
    return database


def write_edfi_documents(delivered: Path, target: Path, standard: int) -> dict[str, int]:
    """Write one NDJSON file per resource and return how many documents each holds.

    Raises SampleDeliveryError when a delivered file is missing.
    """
    target.mkdir(parents=True, exist_ok=True)
    with build_edfi_documents(delivered, standard) as database:
        counts = dict(database.execute("select resource, count(*) from documents group by all order by 1").fetchall())
        for resource in counts:
            # A control character that JSON text never holds keeps the CSV writer from quoting anything.
            database.execute(
                f"copy (select document from documents where resource = '{resource}') "
                f"to '{target.as_posix()}/{resource}.ndjson' "
                "(format csv, header false, quote '', escape '', delimiter '\x01')"
            )
    return counts


def _read_deliveries(database: duckdb.DuckDBPyConnection, delivered: Path) -> int:
    """Make a view of text columns over each delivered file; return the district's number."""
    for name, layout in _DELIVERED.items():
        pattern = layout.format(year="*")
        if not list(delivered.glob(pattern)):
            raise SampleDeliveryError(f"{delivered / pattern} is missing; generate the sample district anew.")
        columns = ", ".join(f"'{column}': 'varchar'" for column in layouts.HEADERS[layout])
        # A line with too many values is skipped, as the source system would not have kept it either.
        database.execute(
            f"create view delivered_{name} as select * from read_csv('{(delivered / pattern).as_posix()}', "
            f"header = true, auto_detect = false, delim = ',', quote = '\"', ignore_errors = true, "
            f"columns = {{{columns}}})"
        )
    row = database.execute("select cast(identifier as bigint) from delivered_orgs where type = 'district'").fetchone()
    if row is None:
        raise SampleDeliveryError(f"{delivered / layouts.ORGS} names no district; generate the sample district anew.")
    return int(row[0])
