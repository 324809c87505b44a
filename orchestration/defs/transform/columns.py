"""The columns of dbt's tables and where each comes from, out of the warehouse and dbt's compiled SQL.

dagster-dbt finds the same, but parses a model's SQL anew for each column, and a student's year has over a hundred.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from sqlglot import exp, parse_one
from sqlglot.lineage import Node, lineage
from sqlglot.schema import MappingSchema

DIALECT = "duckdb"
TableName = tuple[str, str]
"""Schema and table."""
ColumnTypes = dict[str, str]


def column_metadata(
    connection: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any], compiled_dir: Path
) -> dict[str, dict[str, Any]]:
    """Dagster's metadata on columns for every model and seed of the manifest that is in the warehouse.

    Args:
        manifest: dbt's, as parsed JSON.
        compiled_dir: dbt's folder of compiled SQL; a model that is not there gets no lineage.

    Returns:
        Unique id -> metadata under `dagster/column_schema` and, for models, `dagster/column_lineage`.
    """
    types = _column_types(connection)
    metadata: dict[str, dict[str, Any]] = {}
    for unique_id, node in manifest["nodes"].items():
        table = _table(node)
        if node["resource_type"] not in ("model", "seed") or table not in types:
            continue
        metadata[unique_id] = {"dagster/column_schema": _table_schema(types[table], node["columns"])}
        sql_file = compiled_dir / node["package_name"] / node["original_file_path"]
        if node["resource_type"] == "model" and sql_file.exists():
            parents = [_table(_parent(manifest, parent)) for parent in node["depends_on"]["nodes"]]
            read = {parent: types[parent] for parent in parents if parent in types}
            metadata[unique_id]["dagster/column_lineage"] = column_lineage(sql_file.read_text(encoding="utf-8"), read)
    return metadata


def reshaped_incremental_models(connection: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any]) -> list[str]:
    """Incremental models whose table in the warehouse has other columns than the project now describes.

    dbt adds rows to such a table as it is; it has to be built as a whole.
    """
    types = _column_types(connection)
    return [
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["config"]["materialized"] == "incremental"
        and (table := _table(node)) in types
        and set(types[table]) != set(node["columns"])
    ]


def column_lineage(sql: str, tables: Mapping[TableName, ColumnTypes]) -> dg.TableColumnLineage:
    """For each column of a query the columns of `tables` that its values are made of.

    Args:
        tables: those that the query reads, each with its columns and their types.
    """
    schema = MappingSchema(dialect=DIALECT)
    for (schema_name, name), columns in tables.items():
        schema.add_table(exp.table_(name, db=schema_name), columns, dialect=DIALECT)
    query: exp.Expr = parse_one(sql, dialect=DIALECT).transform(_without_database, copy=False)
    return dg.TableColumnLineage(
        {
            column: sorted(_origins(node, tables), key=lambda origin: (origin.asset_key.path, origin.column_name))
            for column, node in lineage(None, query, schema, dialect=DIALECT, trim_selects=False, copy=False).items()
        }
    )


def _without_database(node: exp.Expr) -> exp.Expr:
    # dbt names the warehouse too, which changes with the file's name.
    if isinstance(node, exp.Table):
        node.set("catalog", None)
    return node


def _origins(node: Node, tables: Mapping[TableName, ColumnTypes]) -> set[dg.TableColumnDep]:
    origins = set()
    for found in node.walk():
        table = None if found.downstream else found.expression.find(exp.Table)
        if table is not None and (table.db, table.name) in tables:
            column = exp.to_column(found.name).name.lower()
            origins.add(dg.TableColumnDep(dg.AssetKey([table.db, table.name]), column))
    return origins


def _column_types(connection: duckdb.DuckDBPyConnection) -> dict[TableName, ColumnTypes]:
    types: dict[TableName, ColumnTypes] = {}
    for schema, table, column, data_type in connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() where not internal"
        " order by schema_name, table_name, column_index"
    ).fetchall():
        types.setdefault((schema, table), {})[column] = data_type
    return types


def _table_schema(types: ColumnTypes, described: Mapping[str, Any]) -> dg.TableSchema:
    return dg.TableSchema(
        [
            dg.TableColumn(name, data_type, description=described.get(name, {}).get("description"))
            for name, data_type in types.items()
        ]
    )


def _parent(manifest: Mapping[str, Any], unique_id: str) -> Mapping[str, Any]:
    node: Mapping[str, Any] = manifest["nodes"].get(unique_id) or manifest["sources"][unique_id]
    return node


def _table(node: Mapping[str, Any]) -> TableName:
    return node["schema"], node.get("alias") or node["name"]
