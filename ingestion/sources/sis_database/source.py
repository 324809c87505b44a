"""dlt source of a SIS or HR database: one resource per entity of `mapping.yml`, read whole or by what changed.

A resource is lazy: the database is asked when dlt extracts, never when Dagster loads the definitions.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypedDict

import dlt
import pyarrow as pa
from dlt.common.schema.typing import TColumnSchema
from dlt.extract import DltResource

from ingestion.district import District
from ingestion.landing_log import FileRecord, LandingLog
from ingestion.layout import LANDING_COLUMNS, raw_schema
from ingestion.mapping import Entity, load_system, table_name
from ingestion.parquet_file import as_parquet
from ingestion.sources.delivered_source import DLT_TYPES, SCHEMA_CONTRACT
from ingestion.sources.sis_database.connection import open_database, place_of, read_connection
from ingestion.sources.sis_database.errors import DatabaseReadError
from ingestion.sources.sis_database.extract import TableExtract, Window, open_table
from ingestion.warehouse_destination import IN_ONE_FILE

SYSTEM = "sis_database"


_REPLACE = dlt.mark.make_hints(write_disposition="replace", additional_table_hints={IN_ONE_FILE: True})


class _LastRead(TypedDict):
    """What dlt's state keeps of a table between runs; it commits together with the rows."""

    cursor: str
    reached: str
    read_whole_on: str


@dataclass(frozen=True)
class _Planned:
    """A table and the rows of it that this run reads."""

    extract: TableExtract
    window: Window

    @property
    def is_whole(self) -> bool:
        return self.window.since is None

    @property
    def source_file(self) -> str:
        name = self.extract.table.name
        return name if self.is_whole else f"{name}@{self.window.since}..{self.window.upto}"


@dlt.source(name=SYSTEM)
def sis_database_source(
    read_district: Callable[[], District],
    log: LandingLog,
    school_years: frozenset[int] | None = None,
) -> Iterable[DltResource]:
    """Raw tables `sis_database__<entity>`.

    Args:
        read_district: returns the district; called when extraction starts.
        log: receives what was read of each table.
        school_years: no table is split by school year, so this changes nothing.
    """
    return [_resource(name, entity, read_district, log) for name, entity in load_system(SYSTEM).entities.items()]


def _resource(name: str, entity: Entity, read_district: Callable[[], District], log: LandingLog) -> DltResource:
    def rows() -> Iterator[Any]:
        yield from _read_entity(name, entity, read_district(), log)

    columns: dict[str, TColumnSchema] = {column: {"data_type": "text"} for column in entity.columns}
    columns |= {column: {"data_type": DLT_TYPES.get(column, "text")} for column, _ in LANDING_COLUMNS}
    return dlt.resource(
        rows,
        name=table_name(SYSTEM, name),
        columns=columns,
        write_disposition="merge",
        merge_key="_delivery_scope",
        schema_contract=SCHEMA_CONTRACT,
    )


def _read_entity(name: str, entity: Entity, district: District, log: LandingLog) -> Iterator[Any]:
    """Read the tables that carry an entity.

    When all of them are read whole, their rows replace the raw table, and deleted rows go with that. Otherwise a
    changed row replaces the one with its key, and a table without a cursor what it brought before.
    """
    deliveries = district.deliveries_of(SYSTEM, name)
    if not deliveries:
        return
    source = district.sources[SYSTEM]
    settings = read_connection(source.connection, frozenset(load_system(SYSTEM).entities))
    state: dict[str, _LastRead] = dlt.current.resource_state()
    loaded_at = datetime.now(UTC)
    with open_database(settings, source.root) as engine:
        found = [open_table(engine, settings, name, entity, delivery) for delivery in deliveries]
        extracts = [extract for extract in found if extract is not None]
        planned = _plan(extracts, state, settings.full_refresh_days, loaded_at.date())
        replaces = all(plan.is_whole for plan in planned)

        def rows() -> Iterator[pa.Table]:
            for plan in planned:
                yield from plan.extract.read(plan.window, plan.source_file, loaded_at)
                _note(plan, name, state, log, loaded_at)

        yield from as_parquet(rows(), raw_schema(entity), _REPLACE if replaces else None)
        kept = {plan.extract.table.name for plan in planned if plan.extract.cursor}
        for forgotten in set(state) - kept:
            del state[forgotten]


def _plan(
    extracts: list[TableExtract], state: dict[str, _LastRead], full_refresh_days: int, today: date
) -> list[_Planned]:
    """Decide for an entity's tables whether they are read whole; those with a cursor are so together or not at all."""
    reached = {extract.table.name: extract.highest_cursor() for extract in extracts if extract.cursor}
    last = {name: state[name] for name in reached if name in state}
    starts_over = len(last) < len(reached) or any(
        last[extract.table.name]["cursor"] != extract.cursor
        or (today - date.fromisoformat(last[extract.table.name]["read_whole_on"])).days >= full_refresh_days
        for extract in extracts
        if extract.cursor
    )
    return [
        _Planned(
            extract,
            extract.window(last[extract.table.name]["reached"], reached[extract.table.name])
            if extract.cursor and not starts_over
            else Window(upto=reached.get(extract.table.name)),
        )
        for extract in extracts
    ]


def _brought_rows(entity: str, source_file: str) -> bool:
    """Whether rows of a table that is read whole each time are in the raw table."""
    if load_system(SYSTEM).entities[entity].optional:
        # What a district need not have at all may also have come to an end.
        return False
    with dlt.current.pipeline().sql_client() as client:
        raw = client.make_qualified_table_name(table_name(SYSTEM, entity))
        found = client.execute_sql(f"select 1 from {raw} where _source_file = %s limit 1", source_file)
    return bool(found)


def _note(plan: _Planned, entity: str, state: dict[str, _LastRead], log: LandingLog, loaded_at: datetime) -> None:
    """Record what was read, for the balance of landed rows and for where the next run starts."""
    extract, name = plan.extract, plan.extract.table.name
    if plan.is_whole and extract.rows == 0 and (name in state or _brought_rows(entity, plan.source_file)):
        raise DatabaseReadError(
            f"sis_database: table {name} at {place_of(extract.engine.url)} has no row any more. What it brought before "
            "is kept. Fill it again, or take it out of the district file."
        )
    if extract.cursor and plan.window.upto is not None:
        state[name] = {
            "cursor": extract.cursor,
            "reached": extract.capped(plan.window.upto, loaded_at),
            "read_whole_on": loaded_at.date().isoformat() if plan.is_whole else state[name]["read_whole_on"],
        }
    log.add(
        FileRecord(
            system=SYSTEM,
            entity=entity,
            source_file=plan.source_file,
            delivery_mode="incremental" if extract.cursor else "full",
            file_rows=extract.rows,
            file_sha256=extract.digest.hexdigest(),
            delivered_on=loaded_at.date(),
            loaded_at=loaded_at,
            drift=extract.drift,
            layout_of=name,
        )
    )
