"""The warehouse as dlt destination: a file of rows replaces their delivery scopes in one transaction.

dlt's own merge writes every row twice: into a staging table, then from there into its table. For a merge on
`_delivery_scope` alone the staging table adds nothing, so the rows go straight from Parquet into their table, in the
same transaction that deletes what their scopes held before. So does a single file that replaces a whole table.
Anything else is merged or replaced as dlt does it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import dlt
import duckdb
from dlt.common.destination import DestinationCapabilitiesContext, PreparedTableSchema
from dlt.common.destination.client import FollowupJobRequest, HasFollowupJobs, LoadJob, RunnableLoadJob
from dlt.common.destination.configuration import ParquetFormatConfiguration
from dlt.common.schema.typing import TTableSchema
from dlt.common.schema.utils import get_columns_names_with_prop
from dlt.destinations.exceptions import DatabaseException
from dlt.destinations.impl.duckdb.duck import DuckDbClient
from dlt.destinations.sql_client import SqlClientBase

SCOPE = "_delivery_scope"

IN_ONE_FILE = "x-in-one-file"
"""Hint of a table that is to be replaced: all its rows come in a single Parquet file."""

USUAL_MEMORY = "192MB"
"""Most memory that DuckDB takes for its buffers while a file lands, however long it is. A wide table that needs more
is loaded again with DuckDB's own limit."""


class ReplaceScopes(RunnableLoadJob, HasFollowupJobs):
    """Loads one Parquet file: deletes the rows of its scopes that earlier loads brought, and inserts its own."""

    def run(self) -> None:
        """Run both statements in one transaction.

        A package may have several files of one scope: rows of the same moment of loading stay, except those that a
        first, interrupted try of this file left.
        """
        client = cast(DuckDbClient, self._job_client).sql_client
        table = client.make_qualified_table_name(self.load_table_name)
        rows = "read_parquet('{}')".format(Path(self._file_path).as_posix().replace("'", "''"))
        # DuckDB's `reset memory_limit` leaves the limit as it is.
        ((own_limit,),) = client.execute_sql("select current_setting('memory_limit')") or [("80%",)]
        try:
            client.execute_sql(f"set memory_limit = '{USUAL_MEMORY}'")
            self._replace(client, table, rows)
        except DatabaseException as error:
            if not isinstance(error.dbapi_exception, duckdb.OutOfMemoryException):
                raise
            client.execute_sql(f"set memory_limit = '{own_limit}'")
            self._replace(client, table, rows)
        finally:
            client.execute_sql(f"set memory_limit = '{own_limit}'")

    def _replace(self, client: SqlClientBase[Any], table: str, rows: str) -> None:
        scopes = f"select distinct {SCOPE} from {rows}"
        with client.begin_transaction():
            client.execute_sql(
                f"delete from {table} where {SCOPE} in ({scopes}) "
                f"and _loaded_at is distinct from (select max(_loaded_at) from {rows})"
            )
            if client.execute_sql(f"select 1 from {table} where {SCOPE} in ({scopes}) limit 1"):
                client.execute_sql(f"delete from {table} where _row_id in (select _row_id from {rows})")
            client.execute_sql(f"insert into {table} by name select * from {rows}")


class ReplaceTable(ReplaceScopes):
    """Loads the one Parquet file that is all of a table from now on."""

    def _replace(self, client: SqlClientBase[Any], table: str, rows: str) -> None:
        with client.begin_transaction():
            client.execute_sql(f"delete from {table}")
            client.execute_sql(f"insert into {table} by name select * from {rows}")


class WarehouseClient(DuckDbClient):
    """dlt's DuckDB client, with the direct ways for merges on the delivery scope and tables that come in one file."""

    def should_load_data_to_staging_dataset(self, table_name: str) -> bool:
        """As dlt asks before it loads a table."""
        table = self.prepare_load_table(table_name)
        if _merges_on_scope_only(table) or _is_replaced_by_one_file(table):
            return False
        return super().should_load_data_to_staging_dataset(table_name)

    def create_load_job(
        self, table: PreparedTableSchema, file_path: str, load_id: str, restore: bool = False
    ) -> LoadJob:
        """The job that loads one file."""
        if _merges_on_scope_only(table) and file_path.endswith(".parquet"):
            return ReplaceScopes(file_path)
        if _is_replaced_by_one_file(table) and file_path.endswith(".parquet"):
            return ReplaceTable(file_path)
        return super().create_load_job(table, file_path, load_id, restore)

    def _create_merge_followup_jobs(self, table_chain: Sequence[PreparedTableSchema]) -> list[FollowupJobRequest]:
        if all(_merges_on_scope_only(table) for table in table_chain):
            return []
        return super()._create_merge_followup_jobs(table_chain)

    def _create_replace_followup_jobs(self, table_chain: Sequence[PreparedTableSchema]) -> list[FollowupJobRequest]:
        if all(_is_replaced_by_one_file(table) for table in table_chain):
            return []
        return super()._create_replace_followup_jobs(table_chain)


class warehouse(dlt.destinations.duckdb):  # noqa: N801 (as dlt names destinations)
    """The DuckDB warehouse."""

    def _raw_capabilities(self) -> DestinationCapabilitiesContext:
        capabilities = super()._raw_capabilities()
        # DuckDB uses all cores for one statement, and two at once would need twice the memory.
        capabilities.loader_parallelism_strategy = "sequential"
        # The file is read once and thrown away.
        capabilities.parquet_format = ParquetFormatConfiguration(compression="lz4")
        return capabilities

    @property
    def client_class(self) -> type[WarehouseClient]:
        """Class of the client that dlt uses."""
        return WarehouseClient


def _merges_on_scope_only(table: PreparedTableSchema) -> bool:
    columns = cast(TTableSchema, table)
    return (
        table["write_disposition"] == "merge"
        and get_columns_names_with_prop(columns, "merge_key") == [SCOPE]
        and not get_columns_names_with_prop(columns, "primary_key")
        and not get_columns_names_with_prop(columns, "hard_delete")
    )


def _is_replaced_by_one_file(table: PreparedTableSchema) -> bool:
    return table["write_disposition"] == "replace" and bool(table.get(IN_ONE_FILE))
