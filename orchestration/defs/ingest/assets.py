"""What the district's systems send, and the raw tables that dlt lands it in."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg
from dagster_dlt import DagsterDltResource, DagsterDltTranslator, dlt_assets
from dagster_dlt.translator import DltResourceTranslatorData

from ingestion.district import District, read_district
from ingestion.errors import DistrictFileError, IngestionError
from ingestion.landing import landing_pipeline, note_what_is_expected, source_of, start_from_the_warehouse
from ingestion.landing_log import (
    LandingLog,
    create_landing_tables,
    forget_landing_failures,
    record_landing_failure,
)
from ingestion.mapping import SYSTEMS, Entity, load_system, table_name
from ingestion.settings import IngestionSettings
from orchestration.asset_keys import EVERY_NIGHT, TEAM, raw_key, source_key
from orchestration.attempts import expected_cause, recording_failure
from orchestration.resources import Warehouse
from orchestration.settings import OrchestrationSettings, warehouse_file

SCHOOL_YEARS = dg.StaticPartitionsDefinition(OrchestrationSettings().school_years(datetime.now(UTC).date()))
"""Yearly deliveries are partitioned by school year, so that a night re-reads the current year only and a
corrected closed year is one backfill."""


# A dlt pipeline writes its working folder as soon as it is made. The definitions are loaded by several processes at
# once (the UI, the daemon, a run), so what only names the assets works in a folder of the process's own.
_DEFINED_IN = TemporaryDirectory(prefix="stocktake-definitions-")

_KINDS = {"files": "csv", "api": "api", "database": "sql"}


def current_district() -> District:
    """The district file that the settings name."""
    settings = IngestionSettings()
    return read_district(settings.resolved_district_file, settings.deliveries_dir)


def delivered_tables() -> frozenset[str]:
    """Raw tables that the district file says are delivered."""
    district = current_district()
    return frozenset(
        table_name(system, name) for system, name, _ in _entities() if district.deliveries_of(system, name)
    )


@cache
def checked_systems() -> frozenset[str]:
    """Systems whose tables have checks: those in the district file when the definitions were loaded.

    A check costs Dagster a record when a run is planned and one when it is made, so what nobody sends has none.
    Before there is a district, every system counts.
    """
    try:
        return frozenset(current_district().sources)
    except DistrictFileError:
        return frozenset(SYSTEMS)


def checked_tables() -> frozenset[str]:
    """Raw tables of the systems whose tables have checks."""
    return frozenset(table_name(system, name) for system, name, _ in _entities() if system in checked_systems())


def _entities() -> Iterator[tuple[str, str, Entity]]:
    for system in SYSTEMS:
        for name, entity in load_system(system).entities.items():
            yield system, name, entity


def _delivered_as(system: str, entity: Entity) -> str:
    if entity.files:
        return f"Delivered as {', '.join(entity.files)}."
    return f"Asked of: {load_system(system).title}."


source_assets = [
    dg.AssetSpec(
        source_key(system, name),
        description=f"{entity.description} {_delivered_as(system, entity)}",
        group_name="sources",
        owners=[TEAM],
        kinds={_KINDS[load_system(system).kind]},
        tags={"layer": "source", "system": system},
        metadata={
            "dagster/column_schema": dg.TableSchema(
                columns=[
                    dg.TableColumn(column.headers[0] if column.headers else column_name, "text")
                    for column_name, column in entity.columns.items()
                ]
            )
        },
    )
    for system, name, entity in _entities()
]


landing_records = [
    dg.AssetSpec(
        raw_key(table),
        description=description,
        group_name="sources",
        owners=[TEAM],
        kinds={"duckdb"},
        tags={"layer": "source"},
    )
    for table, description in (
        ("_deliveries", "Which files and answers came when, with the number of their rows; every landing adds to it."),
        ("_expectations", "When the district file says that each feed is expected; every landing renews its own."),
    )
]


class RawTableTranslator(DagsterDltTranslator):
    """Names raw assets after their tables and traces each column to the delivered header."""

    def get_asset_spec(self, data: DltResourceTranslatorData) -> dg.AssetSpec:
        system, _, name = data.resource.name.partition("__")
        entity = load_system(system).entities[name]
        source = source_key(system, name)
        lineage = {
            column_name: [dg.TableColumnDep(source, column.headers[0])]
            for column_name, column in entity.columns.items()
            if column.headers
        }
        spec = super().get_asset_spec(data)
        return spec.replace_attributes(
            key=raw_key(data.resource.name),
            deps=[source],
            description=f"{entity.description} Values as delivered, as text.",
            group_name="raw",
            owners=[TEAM],
            kinds={"dlt", "duckdb"},
            tags={"layer": "raw", "system": system},
            freshness_policy=EVERY_NIGHT,
        ).merge_attributes(
            metadata={"dagster/column_lineage": dg.TableColumnLineage(lineage)},
        )


def _raw_assets(system: str, *, yearly: bool) -> dg.AssetsDefinition:
    """The op that lands a system's entities: those delivered per school year are partitioned by it."""
    entities = [name for s, name, entity in _entities() if s == system and entity.yearly is yearly]
    tables = [table_name(system, name) for name in entities]
    settings = OrchestrationSettings()
    pipeline_name = f"{system}_yearly" if yearly else system
    partitions: Mapping[str, Any] = (
        {"partitions_def": SCHOOL_YEARS, "backfill_policy": dg.BackfillPolicy.single_run()} if yearly else {}
    )

    @dlt_assets(
        dlt_source=source_of(system)(current_district, LandingLog()).with_resources(*tables),
        dlt_pipeline=landing_pipeline(pipeline_name, warehouse_file(), Path(_DEFINED_IN.name)),
        name=f"land_{pipeline_name}",
        dagster_dlt_translator=RawTableTranslator(),
        **partitions,
    )
    def land(context: dg.AssetExecutionContext, dlt: DagsterDltResource, warehouse: Warehouse) -> Iterator[Any]:
        def kept(why: str) -> Iterator[dg.MaterializeResult[None]]:
            # The raw tables stay as they are, and what reads them goes on.
            for key in context.selected_asset_keys:
                yield dg.MaterializeResult(asset_key=key, metadata={"landed": why})

        with recording_failure(context, "landing", IngestionError):
            district = current_district()
            if system not in district.sources:
                with warehouse.connect() as connection:
                    create_landing_tables(connection)
                    forget_landing_failures(connection, system, entities)
                    note_what_is_expected(connection, district, system, entities, datetime.now(UTC))
                yield from kept("not configured in the district file")
                return
            log = LandingLog()
            years = frozenset(int(key) for key in context.partition_keys) if yearly else None
            with warehouse.connect() as connection:
                create_landing_tables(connection)
            pipeline = landing_pipeline(pipeline_name, warehouse_file(), settings.pipelines_dir)
            start_from_the_warehouse(pipeline)
            try:
                source = source_of(system)(current_district, log, years).with_resources(*tables)
                landed = list(
                    dlt.run(context=context, dlt_source=source, dlt_pipeline=pipeline, loader_file_format="parquet")
                )
            except Exception as error:
                cause = expected_cause(error, (IngestionError,))
                if cause is None:
                    raise
                # One source that is down or unreadable holds the metrics that depend on it (rule LD-09), not the rest.
                context.log.error(f"{system} was not landed: {cause}")
                asked = [name for name in entities if district.deliveries_of(system, name)]
                with warehouse.connect() as connection:
                    record_landing_failure(connection, system, asked, datetime.now(UTC), str(cause))
                yield from kept(f"failed: {cause} The rows that landed before are kept.")
                return
            with warehouse.connect() as connection:
                log.write(connection)
                forget_landing_failures(connection, system, entities)
                note_what_is_expected(connection, district, system, entities, datetime.now(UTC))
            yield from landed

    return land


raw_assets = [
    _raw_assets(system, yearly=yearly)
    for system in SYSTEMS
    for yearly in (False, True)
    if any(s == system and entity.yearly is yearly for s, _, entity in _entities())
]
