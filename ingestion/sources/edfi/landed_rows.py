"""Asks the warehouse which rows of a raw table have to go. Only merge keys are read, in batches."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import dlt
import pyarrow as pa

_BATCH = 100_000


def landed_scopes(table: str) -> Iterator[pa.ChunkedArray]:
    """Merge keys of all rows of a raw table, in the pipeline that is running."""
    yield from _scopes(table, "select _delivery_scope from {table}")


def replaced_scopes(table: str, natural_key: Sequence[str], chunks: Sequence[Path]) -> Iterator[pa.ChunkedArray]:
    """Merge keys of landed rows whose natural key has been read under another id.

    Args:
        chunks: Parquet files with the rows that were read.
    """
    if not chunks:
        return
    listed = ", ".join("'" + str(chunk).replace("'", "''") + "'" for chunk in chunks)
    same_key = " and ".join(f't."{column}" = s."{column}"' for column in natural_key)
    yield from _scopes(
        table,
        f"select distinct t._delivery_scope from {{table}} as t inner join read_parquet([{listed}]) as s "
        f"on {same_key} and t._delivery_scope <> s._delivery_scope",
    )


def _scopes(table: str, sql: str) -> Iterator[pa.ChunkedArray]:
    with dlt.current.pipeline().sql_client() as client:
        query = sql.format(table=client.make_qualified_table_name(table))
        with client.execute_query(query) as cursor:
            for batch in cursor.iter_arrow(chunk_size=_BATCH):
                yield batch.column(0).cast(pa.string())
