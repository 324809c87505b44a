"""Writes raw rows as the Parquet file that dlt loads, in the way that costs least for text that is read once."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
import pyarrow.parquet as pq
from dlt.extract.hints import TResourceHints

MERGE_KEY = "_delivery_scope"

_ONE_VALUE_PER_FILE = ("_source_file", "_delivery_scope", "_delivered_on", "_loaded_at")


def as_parquet(tables: Iterable[pa.Table], schema: pa.Schema, hints: TResourceHints | None = None) -> Iterator[Any]:
    """The rows as one item for dlt to import, which may be none.

    dlt's own writer looks for repeated values in every column, which takes longer than all the rest of reading a file.

    Args:
        tables: rows in the raw schema.
        hints: what dlt is told of the rows.
    """
    with _written(tables, schema) as (path, rows):
        yield dlt.mark.with_file_import(str(path), "parquet", rows, hints)


@contextmanager
def _written(tables: Iterable[pa.Table], schema: pa.Schema) -> Iterator[tuple[Path, int]]:
    """A temporary file with all rows, and their number."""
    rows = 0
    # dlt takes a merge key for never null, and would write the file anew where it differs from that.
    key = schema.get_field_index(MERGE_KEY)
    schema = schema.set(key, schema.field(key).with_nullable(False))
    with tempfile.TemporaryDirectory(prefix="stocktake-") as folder:
        path = Path(folder) / "rows.parquet"
        with pq.ParquetWriter(
            path,
            schema,
            compression="lz4",
            use_dictionary=list(_ONE_VALUE_PER_FILE),
            write_statistics=False,
        ) as writer:
            for table in tables:
                rows += table.num_rows
                writer.write_table(table.cast(schema))
        yield path, rows
