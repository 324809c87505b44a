"""Of the rows of an incremental delivery, keeps for each key the one that was delivered last."""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.layout import raw_schema
from ingestion.mapping import Entity

_ROWS_AT_ONCE = 100_000


def latest_by_key(tables: Iterable[pa.Table], entity: Entity) -> Iterator[pa.Table]:
    """Rows with the entity's key as their `_delivery_scope`; later tables win, and later rows of a table.

    The rows wait in a temporary DuckDB file, so that memory stays flat however much is delivered.

    Args:
        tables: rows in the raw schema, in the order of delivery.
    """
    schema = raw_schema(entity)
    key = ", ".join(f"coalesce(\"{column}\", '')" for column in entity.primary_key)
    with (
        tempfile.TemporaryDirectory(prefix="stocktake-") as folder,
        duckdb.connect(str(Path(folder) / "delivered.duckdb")) as connection,
    ):
        connection.execute("set memory_limit = '512MB'")
        connection.execute("set timezone = 'UTC'")
        connection.register("no_rows", schema.empty_table())
        connection.execute("create table delivered as select * from no_rows")
        for table in tables:
            connection.register("block", table)
            connection.execute(
                f"insert into delivered select * replace (concat_ws(chr(31), {key}) as _delivery_scope) from block"
            )
            connection.unregister("block")
        reader = connection.execute(
            """
            select * from delivered
            where rowid in (select max(rowid) from delivered group by _delivery_scope) order by rowid
            """
        ).to_arrow_reader(_ROWS_AT_ONCE)
        for batch in reader:
            yield pa.Table.from_batches([batch]).cast(schema)


def key_scope(rows: pa.Table, entity: Entity) -> pa.Table:
    """Rows with the entity's key as their `_delivery_scope`, so that a later delivery of the key replaces the row."""
    key = [pc.fill_null(rows.column(column), "") for column in entity.primary_key]
    position = rows.schema.get_field_index("_delivery_scope")
    return rows.set_column(position, rows.schema.field(position), pc.binary_join_element_wise(*key, "\x1f"))
