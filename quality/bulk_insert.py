"""Many rows into a table at once: one statement a row costs DuckDB more than most rules take to judge."""

from collections.abc import Sequence

import duckdb
import pyarrow as pa


def insert_rows(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    rows: Sequence[Sequence[object]],
    columns: Sequence[str] | None = None,
) -> None:
    """Insert rows, whose values DuckDB casts to the types of the table; nothing happens without rows.

    Args:
        table: where to, qualified as its connection needs it.
        rows: equally long, in the order of `columns`; a list of texts for a column of lists.
        columns: which columns of the table; all of them if not given.
    """
    if not rows:
        return
    names = columns or [f"column_{number}" for number in range(len(rows[0]))]
    values = [pa.array(list(column)) for column in zip(*rows, strict=True)]
    connection.register("rows_to_insert", pa.Table.from_arrays(values, names=list(names)))
    try:
        target = f"{table} ({', '.join(columns)})" if columns else table
        connection.execute(f"insert into {target} select * from rows_to_insert")
    finally:
        connection.unregister("rows_to_insert")
