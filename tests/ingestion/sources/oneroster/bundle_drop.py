"""A folder that OneRoster bundles are delivered to, and the warehouse that they land in."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from ingestion.district import ConfiguredSource, District, DistrictIdentity
from ingestion.errors import IngestionError
from ingestion.landing import landing_pipeline, prepare_warehouse
from ingestion.landing_log import LandingLog
from ingestion.mapping import load_system
from ingestion.sources.oneroster.source import oneroster_source

TRACKED = "sourcedId,status,dateLastModified"
HEADERS = {
    "orgs": f"{TRACKED},name,type,identifier,parentSourcedId",
    "academicSessions": f"{TRACKED},title,type,startDate,endDate,parentSourcedId,schoolYear",
    "users": f"{TRACKED},enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,"
    "email,sms,phone,agentSourcedIds,grades,password",
    "courses": f"{TRACKED},schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes",
    "classes": f"{TRACKED},title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,"
    "subjects,subjectCodes,periods",
    "enrollments": f"{TRACKED},classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate",
    "demographics": f"{TRACKED},birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,"
    "nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity,"
    "countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus",
}
"""Headers of OneRoster 1.1, in the order of the standard."""

ORG = "{id},{status},{modified},{name},school,{id},"


def org(identifier: str, name: str, status: str = "") -> str:
    """A line of orgs.csv."""
    modified = "2026-01-05T04:00:00.000Z" if status else ""
    return ORG.format(id=identifier, status=status, modified=modified, name=name)


def manifest(version: str = "1.1", **kinds: str) -> str:
    """A manifest with the given files; those that are not named are absent."""
    lines = ["propertyName,value", "manifest.version,1.0", f"oneroster.version,{version}"]
    lines += [f"file.{name},{kinds.get(name, 'absent')}" for name in HEADERS]
    lines += [f"file.{name},{kind}" for name, kind in kinds.items() if name not in HEADERS]
    return "\n".join([*lines, "source.systemName,Made up", "source.systemCode,M"]) + "\n"


class BundleDrop:
    """Delivers files of bundles into a root, and lands entities from it into a DuckDB file."""

    def __init__(self, folder: Path, *entities: str) -> None:
        self.root = folder / "oneroster"
        self.root.mkdir(parents=True)
        self.entities = entities or tuple(load_system("oneroster").entities)
        self.warehouse = folder / "district.duckdb"
        self.pipelines = folder / "dlt"
        self.address = ""
        self.connection: dict[str, Any] = {}

    @property
    def district(self) -> District:
        """The district, with everything standard."""
        source = ConfiguredSource(root=self.root, address=self.address, connection=self.connection)
        return District(district=DistrictIdentity(id="d", name="D"), sources={"oneroster": source})

    def put(self, name: str, content: str, bundle: str = "") -> None:
        """Write one file as it is."""
        path = self.root / bundle / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode())

    def deliver(self, bundle: str, files: Mapping[str, list[str]], **kinds: str) -> None:
        """Write a bundle with lines under the standard's headers, as a folder or, by its name, as a zip archive."""
        contents = {f"{name}.csv": "\n".join([HEADERS[name], *lines]) + "\n" for name, lines in files.items()}
        contents["manifest.csv"] = manifest(**kinds)
        if bundle.endswith(".zip"):
            with zipfile.ZipFile(self.root / bundle, "w") as archive:
                for name, content in contents.items():
                    archive.writestr(name, content)
            return
        for name, content in contents.items():
            self.put(name, content, bundle)

    def land(self) -> LandingLog:
        """Land the chosen entities.

        Raises:
            IngestionError: what dlt wrapped.
        """
        prepare_warehouse(self.warehouse)
        log = LandingLog()
        pipeline = landing_pipeline("oneroster", self.warehouse, self.pipelines)
        source = oneroster_source(lambda: self.district, log)
        try:
            pipeline.run(
                source.with_resources(*(f"oneroster__{entity}" for entity in self.entities)),
                loader_file_format="parquet",
            )
        except Exception as error:
            raise _cause(error) from error
        with duckdb.connect(str(self.warehouse)) as connection:
            log.write(connection)
        return log

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Answer of a query."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def names(self) -> dict[str, str]:
        """Names of the organisations by id, without those that were taken back."""
        return dict(
            self.rows(
                "select sourced_id, name from raw.oneroster__orgs "
                "where coalesce(status, '') not in ('tobedeleted', 'inactive')"
            )
        )

    def unbalanced(self) -> list[tuple[Any, ...]]:
        """Files whose rows are neither in the table, nor superseded, nor unreadable."""
        return self.rows(
            """
            select entity, source_file, file_rows, superseded_rows, landed_rows from raw._deliveries
            qualify row_number() over (partition by entity, source_file order by loaded_at desc) = 1
                and file_rows <> superseded_rows + unreadable_rows + landed_rows
            """
        )

    def drift(self) -> list[tuple[Any, ...]]:
        """What was odd: entity, column and kind."""
        return self.rows("select distinct entity, column_name, kind from raw._schema_drift order by all")


def _cause(error: BaseException) -> BaseException:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, IngestionError):
            return cause
        cause = cause.__cause__ or cause.__context__
    return error
