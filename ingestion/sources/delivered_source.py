"""What the dlt sources of all file-based systems share: one resource per entity, each yielding Arrow tables.

A resource is lazy: files are read when dlt extracts, never when Dagster loads the definitions.
"""

from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import dlt
import pyarrow as pa
from dlt.common.data_types import TDataType
from dlt.common.schema.typing import TColumnSchema, TSchemaContractDict
from dlt.extract import DltResource

from ingestion.delivered_content import opened_content
from ingestion.delivered_files import DeliveredFile, find_files
from ingestion.district import Delivery, District
from ingestion.errors import SourceFormatError
from ingestion.landing_log import FileRecord, LandingLog
from ingestion.latest_rows import latest_by_key
from ingestion.layout import LANDING_COLUMNS, Layout, expected_headers, raw_schema
from ingestion.mapping import Entity, System, load_system, table_name
from ingestion.parquet_file import as_parquet
from ingestion.read_ahead import read_ahead

SCHEMA_CONTRACT: TSchemaContractDict = {"tables": "evolve", "columns": "freeze", "data_type": "freeze"}
"""dlt refuses what the mapping did not promise: the second line behind `layout.apply_layout`."""

DLT_TYPES: dict[str, TDataType] = {
    "_source_row": "bigint",
    "_delivered_on": "date",
    "_loaded_at": "timestamp",
}

EntityReader = Callable[[str, str, District, LandingLog, frozenset[int] | None], Iterator[Any]]
"""Called with system, entity, district, log and school years; yields Arrow tables in the entity's raw schema."""


def delivered_resources(
    system_name: str,
    read_district: Callable[[], District],
    log: LandingLog,
    school_years: frozenset[int] | None = None,
    read: EntityReader | None = None,
) -> list[DltResource]:
    """One dlt resource per entity of a system, named like its raw table.

    Args:
        read_district: returns the district; called when extraction starts.
        log: receives what was read of each file.
        school_years: of yearly entities, read only these years' files; all when None.
        read: reads the rows of an entity, called like `read_entity`, which it replaces.
    """
    system = load_system(system_name)
    return [
        _resource(system, name, entity, read_district, log, school_years, read or _read_entity_ahead)
        for name, entity in system.entities.items()
    ]


def _resource(
    system: System,
    name: str,
    entity: Entity,
    read_district: Callable[[], District],
    log: LandingLog,
    school_years: frozenset[int] | None,
    read: EntityReader,
) -> DltResource:
    def rows() -> Iterator[Any]:
        yield from read(system.system, name, read_district(), log, school_years)

    columns: dict[str, TColumnSchema] = {column: {"data_type": "text"} for column in entity.columns}
    columns |= {column: {"data_type": DLT_TYPES.get(column, "text")} for column, _ in LANDING_COLUMNS}
    return dlt.resource(
        rows,
        name=table_name(system.system, name),
        columns=columns,
        write_disposition="merge",
        merge_key="_delivery_scope",
        schema_contract=SCHEMA_CONTRACT,
    )


def _read_entity_ahead(
    system: str, name: str, district: District, log: LandingLog, school_years: frozenset[int] | None
) -> Iterator[Any]:
    # Not done to readers of the systems' own: what they ask dlt for belongs to the thread that they were called in,
    # and their tables carry hints.
    tables = read_ahead(read_entity(system, name, district, log, school_years))
    yield from as_parquet(tables, raw_schema(load_system(system).entities[name]))


def read_entity(
    system: str,
    name: str,
    district: District,
    log: LandingLog,
    school_years: frozenset[int] | None = None,
) -> Generator[pa.Table, None, None]:
    """Read every delivered file of an entity into its raw schema, block by block.

    Rows carry `_delivery_scope`, the merge key: the file's name in a full delivery, so that a file replaces
    what it brought before and nothing else; the row's own key in an incremental one, so that later files win.

    Raises:
        IngestionError: a file is missing, out of reach, or cannot be read as its layout says.
    """
    entity = load_system(system).entities[name]
    source = district.sources.get(system)
    loaded_at = datetime.now(UTC)
    deliveries = district.deliveries_of(system, name)
    for (patterns, _, mode), same_files in groupby(deliveries, key=lambda d: (d.files, d.format, d.mode)):
        assert source is not None  # noqa: S101 (a system without deliveries has no files either)
        parts = tuple(same_files)
        files = find_files(source.location, patterns, source.file_connection)
        if not files and not entity.optional:
            raise SourceFormatError(
                f"{system}: no file matches {' or '.join(patterns)} under {source.address or source.root.name}/. "
                f"The district file says that {name} is delivered; send the file or take it out."
            )
        chosen = [
            file
            for file in files
            if school_years is None or not entity.yearly or file.school_year is None or file.school_year in school_years
        ]
        tables = (table for file in chosen for table in read_file(system, name, entity, parts, file, loaded_at, log))
        yield from tables if mode == "full" else latest_by_key(tables, entity)


def read_file(
    system: str,
    name: str,
    entity: Entity,
    parts: tuple[Delivery, ...],
    file: DeliveredFile,
    loaded_at: datetime,
    log: LandingLog,
    *,
    is_versioned: bool = False,
) -> Generator[pa.Table, None, None]:
    """Read one delivered file into the raw schema of an entity, block by block; its rows' merge scope is the file.

    Args:
        parts: the shares of the file, of one format and mode; it is read once for all of them.
        log: receives the file once the last block is consumed.
        is_versioned: the recorded name ends in a digest of the content, for files that come again and again under
            one name while the rows of several of them are in the table.

    Raises:
        IngestionError: the file is out of reach or cannot be read as its layout says.
    """
    headers = expected_headers(entity, parts[0])
    readable_rows = 0
    with opened_content(file, f"{system}/{file.name}", parts[0].format, name, headers) as opened:
        content = opened.content
        version = opened.sha256[:12] if is_versioned else ""
        layouts = {
            part.part: Layout(
                content.header,
                entity,
                part,
                source_file=_recorded_name(file, part.part, version),
                delivered_on=file.delivered_on,
                loaded_at=loaded_at,
            )
            for part in parts
        }
        for table, numbers in content.blocks():
            readable_rows += table.num_rows
            for layout in layouts.values():
                yield layout.rows(table, numbers)
        if not readable_rows:
            yield raw_schema(entity).empty_table()
        for part_name, layout in layouts.items():
            log.add(
                FileRecord(
                    system=system,
                    entity=name,
                    source_file=_recorded_name(file, part_name, version),
                    delivery_mode=parts[0].mode,
                    file_rows=readable_rows + len(content.unreadable),
                    file_sha256=opened.sha256,
                    delivered_on=file.delivered_on,
                    loaded_at=loaded_at,
                    part=part_name,
                    passed_over_rows=layout.passed_over,
                    unreadable=tuple(content.unreadable),
                    drift=layout.drift(content.encoding),
                )
            )


def _recorded_name(file: DeliveredFile, part: str, version: str) -> str:
    return "|".join(label for label in (file.name, part, version) if label)
