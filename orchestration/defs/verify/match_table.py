"""Who is who, source by source, as a table in Dagster."""

import dagster as dg
import duckdb

_COLUMNS = {
    "source_table": "string",
    "match_to": "string",
    "rows_total": "int",
    "rows_matched": "int",
    "rows_unmatched": "int",
    "rows_ambiguous": "int",
    "keys_unmatched": "int",
    "keys_ambiguous": "int",
    "warn_percent": "float",
    "fatal_percent": "float",
    "match_state": "string",
}


def match_table(connection: duckdb.DuckDBPyConnection) -> dg.TableMetadataValue:
    """How many rows of each source match somebody, nobody or several, with the thresholds; nobody's id.

    Args:
        connection: the warehouse, after dbt has built `marts.mart_source_match`.
    """
    listed = ", ".join(f"cast({name} as double)" if kind == "float" else name for name, kind in _COLUMNS.items())
    rows = connection.execute(
        f"select {listed} from marts.mart_source_match order by source_table, match_to"
    ).fetchall()
    return dg.MetadataValue.table(
        records=[dg.TableRecord(dict(zip(_COLUMNS, row, strict=True))) for row in rows],
        schema=dg.TableSchema(columns=[dg.TableColumn(name, kind) for name, kind in _COLUMNS.items()]),
    )
