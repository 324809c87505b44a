"""Asks the warehouse which rows of a raw table have to go, and how many there will be. Rows themselves are not read."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import dlt
import pyarrow as pa

_BATCH = 100_000


def landed_scopes(table: str) -> Iterator[pa.ChunkedArray]:
    """Merge keys of all rows of a raw table, in the pipeline that is running."""
    yield from _scopes(table, "select _delivery_scope from {table}")


def replaced_scopes(table: str, natural_key: Sequence[str], read: Sequence[Path]) -> Iterator[pa.ChunkedArray]:
    """Merge keys of landed rows whose natural key has been read under another id.

    Args:
        read: Parquet files with the rows that were read.
    """
    if read:
        yield from _scopes(table, _replaced(natural_key, read))


def rows_to_be(table: str, natural_key: Sequence[str], read: Sequence[Path], deletes: Sequence[Path]) -> int:
    """How many rows a raw table will have once the rows that were read have landed.

    Args:
        deletes: Parquet files with what the server deleted.
    """
    gone = ["select null::varchar as _delivery_scope where false"]
    if read:
        gone.append(_replaced(natural_key, read))
    if deletes:
        gone.append(f"select lower(replace(id, '-', '')) from {_parquet(deletes)}")
    sql = f"select _delivery_scope from {{table}} where _delivery_scope not in ({' union all '.join(gone)})"
    if read:
        sql += f" union select _delivery_scope from {_parquet(read)}"
    return sum(int(count) for batch in _scopes(table, f"select count(*) from ({sql})") for count in batch.to_pylist())


def _replaced(natural_key: Sequence[str], read: Sequence[Path]) -> str:
    same_key = " and ".join(f't."{column}" = s."{column}"' for column in natural_key)
    return (
        f"select distinct t._delivery_scope from {{table}} as t inner join {_parquet(read)} as s "
        f"on {same_key} and t._delivery_scope <> s._delivery_scope"
    )


def _parquet(files: Sequence[Path]) -> str:
    listed = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
    return f"read_parquet([{listed}])"


def _scopes(table: str, sql: str) -> Iterator[pa.ChunkedArray]:
    with dlt.current.pipeline().sql_client() as client:
        query = sql.format(table=client.make_qualified_table_name(table))
        with client.execute_query(query) as cursor:
            for batch in cursor.iter_arrow(chunk_size=_BATCH):
                yield batch.column(0).cast(pa.string())
