"""What the dlt sources of all file-based systems share: one resource per entity, each yielding Arrow tables.

A resource is lazy: files are read when dlt extracts, never when Dagster loads the definitions.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import dlt
import pyarrow as pa
import pyarrow.compute as pc
from dlt.common.data_types import TDataType
from dlt.common.schema.typing import TColumnSchema, TSchemaContractDict
from dlt.extract import DltResource

from ingestion.csv_reader import CsvContent, read_csv
from ingestion.delivered_files import DeliveredFile, find_files, sha256
from ingestion.district import Delivery, District
from ingestion.errors import SourceFormatError
from ingestion.landing_log import FileRecord, LandingLog
from ingestion.layout import LANDING_COLUMNS, apply_layout
from ingestion.mapping import Entity, System, load_system, table_name
from ingestion.yaml_reader import YAML_SUFFIXES, read_yaml

SCHEMA_CONTRACT: TSchemaContractDict = {"tables": "evolve", "columns": "freeze", "data_type": "freeze"}
"""dlt refuses what the mapping did not promise: the second line behind `layout.apply_layout`."""

DLT_TYPES: dict[str, TDataType] = {
    "_source_row": "bigint",
    "_delivered_on": "date",
    "_loaded_at": "timestamp",
}


def delivered_resources(
    system_name: str,
    read_district: Callable[[], District],
    log: LandingLog,
    school_years: frozenset[int] | None = None,
) -> list[DltResource]:
    """One dlt resource per entity of a system, named like its raw table.

    Args:
        read_district: returns the district; called when extraction starts.
        log: receives what was read of each file.
        school_years: of yearly entities, read only these years' files; all when None.
    """
    system = load_system(system_name)
    return [
        _resource(system, name, entity, read_district, log, school_years) for name, entity in system.entities.items()
    ]


def _resource(
    system: System,
    name: str,
    entity: Entity,
    read_district: Callable[[], District],
    log: LandingLog,
    school_years: frozenset[int] | None,
) -> DltResource:
    def rows() -> Iterator[pa.Table]:
        yield from read_entity(system.system, name, read_district(), log, school_years)

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


def read_entity(
    system: str,
    name: str,
    district: District,
    log: LandingLog,
    school_years: frozenset[int] | None = None,
) -> Iterator[pa.Table]:
    """Read every delivered file of an entity into its raw schema.

    Rows carry `_delivery_scope`, the merge key: the file's name in a full delivery, so that a file replaces
    what it brought before and nothing else; the row's own key in an incremental one, so that later files win.

    Raises:
        SourceFormatError: a file is missing or cannot be read as its layout says.
    """
    entity = load_system(system).entities[name]
    deliveries = district.deliveries_of(system, name)
    loaded_at = datetime.now(UTC)
    for delivery in deliveries:
        root = district.sources[system].root
        files = find_files(root, delivery.files)
        if not files and not entity.optional:
            raise SourceFormatError(
                f"{system}: no file matches {' or '.join(delivery.files)} under {root.name}/. "
                f"The district file says that {name} is delivered; send the file or take it out."
            )
        tables = [
            _read_file(system, name, entity, delivery, file, loaded_at, log)
            for file in files
            if school_years is None or not entity.yearly or file.school_year is None or file.school_year in school_years
        ]
        if delivery.mode == "full":
            yield from tables
        elif tables:
            yield _latest_by_key(pa.concat_tables(tables), entity.primary_key)


def _read_file(
    system: str,
    name: str,
    entity: Entity,
    delivery: Delivery,
    file: DeliveredFile,
    loaded_at: datetime,
    log: LandingLog,
) -> pa.Table:
    raw_bytes = file.read()
    content = _parse(raw_bytes, f"{system}/{file.name}", name, entity, delivery)
    delivered_name = f"{file.name}|{delivery.part}" if delivery.part else file.name
    rows = apply_layout(
        content,
        entity,
        delivery,
        source_file=delivered_name,
        delivered_on=file.delivered_on,
        loaded_at=loaded_at,
    )
    log.add(
        FileRecord(
            system=system,
            entity=name,
            source_file=delivered_name,
            delivery_mode=delivery.mode,
            file_rows=content.table.num_rows + len(content.unreadable),
            file_sha256=sha256(raw_bytes),
            delivered_on=file.delivered_on,
            loaded_at=loaded_at,
            unreadable=content.unreadable,
            drift=rows.drift,
        )
    )
    return rows.table


def _parse(raw_bytes: bytes, file_name: str, name: str, entity: Entity, delivery: Delivery) -> CsvContent:
    """The file's rows as text: a YAML file holds each entity as a list under the entity's name."""
    if not file_name.lower().endswith(YAML_SUFFIXES):
        return read_csv(raw_bytes, file_name)
    standard = {column: entity.columns[column].headers[0] for column in entity.columns}
    return read_yaml(raw_bytes, file_name, name, tuple({**standard, **delivery.columns}.values()))


def _latest_by_key(rows: pa.Table, key: tuple[str, ...]) -> pa.Table:
    """Of rows with the same key keep the last delivered, and make the key the merge scope."""
    scope = pc.binary_join_element_wise(*[pc.fill_null(rows.column(column), "") for column in key], "\x1f")
    numbered = pa.table({"scope": scope, "position": pa.array(range(rows.num_rows), pa.int64())})
    last = numbered.group_by("scope").aggregate([("position", "max")]).column("position_max")
    scoped = rows.set_column(rows.schema.get_field_index("_delivery_scope"), "_delivery_scope", scope)
    return scoped.take(last).cast(rows.schema)
