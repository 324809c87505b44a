"""Resources that assets share: the warehouse connection, dlt and dbt."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
from dagster import ConfigurableResource
from dagster_dlt import DagsterDltResource

from ingestion.landing_log import NEW_FILE
from orchestration.dbt_manifest import dbt_project, dbt_resource
from orchestration.settings import warehouse_file

LOCK_WAIT_SECONDS = 60.0
"""dbt may outlive a killed run by some seconds and still hold the file."""


class Warehouse(ConfigurableResource[duckdb.DuckDBPyConnection]):
    """The DuckDB warehouse; a step opens it, writes and closes it, since it has one writer at a time."""

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """An open connection for the duration of one step.

        Raises:
            duckdb.IOException: another process kept the file locked; the message names its id.
        """
        path = warehouse_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + LOCK_WAIT_SECONDS
        while True:
            try:
                connection = duckdb.connect(str(path), config={} if path.exists() else NEW_FILE)
                break
            except duckdb.IOException as error:
                if "lock" not in str(error).lower() or time.monotonic() > deadline:
                    raise
                time.sleep(0.5)
        with connection:
            yield connection


def resources() -> dict[str, object]:
    """Resources by the argument name that assets use."""
    return {
        "warehouse": Warehouse(),
        "dlt": DagsterDltResource(),
        "dbt": dbt_resource(dbt_project()),
    }
