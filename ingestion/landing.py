"""Lands source systems in the warehouse's `raw` schema with dlt."""

import importlib
import importlib.util
import os
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

# dlt reads these when it is imported: no telemetry, and no warning per batch.
os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
os.environ.setdefault("RUNTIME__LOG_LEVEL", "ERROR")

import dlt
import duckdb
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials
from dlt.extract import DltSource
from dlt.pipeline.pipeline import Pipeline

from ingestion.district import District
from ingestion.expectations import note_expectations
from ingestion.landing_log import NEW_FILE, LandingLog, create_landing_tables
from ingestion.mapping import load_system
from ingestion.warehouse_destination import warehouse

LANDING_SETTINGS = {"preserve_insertion_order": False}
"""DuckDB's settings while rows land: rows carry their file and line, and keeping the files' order besides would take
half as long again."""


@cache
def source_of(system: str) -> Callable[..., DltSource]:
    """The dlt source of a system: `<system>_source` in `sources/<system>/source.py`.

    It takes a function that returns the district, a landing log, and optionally the school years to read.
    """
    module = importlib.import_module(f"ingestion.sources.{system}.source")
    source: Callable[..., DltSource] = getattr(module, f"{system}_source")
    return source


@cache
def check_of(system: str) -> Callable[[District], Iterable[tuple[str, str | None]]] | None:
    """What looks over a system without landing it: `check` in `sources/<system>/check.py`, if it is there."""
    name = f"ingestion.sources.{system}.check"
    if importlib.util.find_spec(name) is None:
        return None
    check: Callable[[District], Iterable[tuple[str, str | None]]] = importlib.import_module(name).check
    return check


def landing_pipeline(system: str, warehouse_file: Path, pipelines_dir: Path) -> Pipeline:
    """dlt pipeline of one system into schema `raw`.

    Args:
        warehouse_file: the DuckDB file; created when absent.
        pipelines_dir: dlt's working folder.
    """
    return dlt.pipeline(
        pipeline_name=f"land_{system}",
        destination=warehouse(
            DuckDbCredentials(str(warehouse_file), global_config=LANDING_SETTINGS),
            # A table that is replaced keeps its rows until the new ones are all there.
            replace_strategy="insert-from-staging",
        ),
        dataset_name="raw",
        pipelines_dir=str(pipelines_dir),
    )


def start_from_the_warehouse(pipeline: Pipeline) -> None:
    """Forget what dlt keeps beside the warehouse, so that the run continues from what has landed there.

    A killed run may have left a package half loaded, and its incremental state ahead of the rows; a warehouse may have
    been deleted or restored. What is read now is read from where the warehouse stands.
    """
    pipeline.drop()


def prepare_warehouse(warehouse_file: Path) -> None:
    """Create the warehouse file with every raw table, empty where nothing has landed."""
    warehouse_file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(warehouse_file), config=NEW_FILE if not warehouse_file.exists() else {}) as connection:
        create_landing_tables(connection)


def note_what_is_expected(
    connection: duckdb.DuckDBPyConnection, district: District, system: str, entities: Sequence[str], now: datetime
) -> None:
    """Keep when the district expects a system's entities, and that it was asked for them; see `expectations`.

    Args:
        connection: the warehouse, with the landing tables.
        entities: those that were landed, whether the district has them or not.
        now: timezone-aware.
    """
    source = district.sources.get(system)
    asked = [name for name in entities if district.deliveries_of(system, name)]
    local = now.astimezone(ZoneInfo(district.district.timezone)).replace(tzinfo=None)
    note_expectations(connection, system, entities, asked, source.expected if source else (), local)


def land(system: str, district: District, warehouse_file: Path, pipelines_dir: Path) -> LandingLog:
    """Land one system without an orchestrator.

    Returns:
        What was read, file by file.

    Raises:
        SourceFormatError: a delivery is missing or not what its layout says; nothing of it has landed.
    """
    prepare_warehouse(warehouse_file)
    log = LandingLog()
    pipeline = landing_pipeline(system, warehouse_file, pipelines_dir)
    start_from_the_warehouse(pipeline)
    pipeline.run(source_of(system)(lambda: district, log), loader_file_format="parquet")
    with duckdb.connect(str(warehouse_file)) as connection:
        log.write(connection)
        note_what_is_expected(connection, district, system, tuple(load_system(system).entities), datetime.now(UTC))
    return log
