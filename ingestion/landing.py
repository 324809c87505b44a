"""Lands source systems in the warehouse's `raw` schema with dlt."""

import os
from collections.abc import Callable
from pathlib import Path

# dlt reads these when it is imported: no telemetry, and no warning per batch.
os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
os.environ.setdefault("RUNTIME__LOG_LEVEL", "ERROR")

import dlt
import duckdb
from dlt.extract import DltSource
from dlt.pipeline.pipeline import Pipeline

from ingestion.district import District
from ingestion.landing_log import LandingLog, create_landing_tables
from ingestion.sources.assessment_files.source import assessment_files_source
from ingestion.sources.oneroster.source import oneroster_source
from ingestion.sources.sis_files.source import sis_files_source

SOURCES: dict[str, Callable[..., DltSource]] = {
    "oneroster": oneroster_source,
    "sis_files": sis_files_source,
    "assessment_files": assessment_files_source,
}


def landing_pipeline(system: str, warehouse_file: Path, pipelines_dir: Path) -> Pipeline:
    """dlt pipeline of one system into schema `raw`.

    Args:
        warehouse_file: the DuckDB file; created when absent.
        pipelines_dir: dlt's working folder.
    """
    return dlt.pipeline(
        pipeline_name=f"land_{system}",
        destination=dlt.destinations.duckdb(str(warehouse_file)),
        dataset_name="raw",
        pipelines_dir=str(pipelines_dir),
    )


def prepare_warehouse(warehouse_file: Path) -> None:
    """Create the warehouse file with every raw table, empty where nothing has landed."""
    warehouse_file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(warehouse_file)) as connection:
        create_landing_tables(connection)


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
    pipeline.run(SOURCES[system](lambda: district, log), loader_file_format="parquet")
    with duckdb.connect(str(warehouse_file)) as connection:
        log.write(connection)
    return log
