"""Resources that assets share: the warehouse connection, dlt and dbt."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
from dagster import ConfigurableResource
from dagster_dbt import DbtCliResource
from dagster_dlt import DagsterDltResource

from orchestration.dbt_manifest import dbt_project
from orchestration.settings import warehouse_file


class Warehouse(ConfigurableResource[duckdb.DuckDBPyConnection]):
    """The DuckDB warehouse; a step opens it, writes and closes it, since it has one writer at a time."""

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """An open connection for the duration of one step."""
        with duckdb.connect(str(warehouse_file())) as connection:
            yield connection


def resources() -> dict[str, object]:
    """Resources by the argument name that assets use."""
    return {
        "warehouse": Warehouse(),
        "dlt": DagsterDltResource(),
        "dbt": DbtCliResource(project_dir=dbt_project()),
    }
