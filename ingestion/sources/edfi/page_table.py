"""Turns pages of JSON into Arrow text columns, in DuckDB: no row ever becomes a Python object."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from ingestion.errors import ApiError
from ingestion.layout import raw_schema
from ingestion.mapping import Entity

IS_DELETED = "_is_deleted"
"""Landing column by which dlt removes a row; raw tables never hold one where it is true."""

_MOST_BYTES_PER_ROW = 1 << 26


def landing_schema(entity: Entity) -> pa.Schema:
    """Arrow schema of what dlt gets: the raw table's columns and `_is_deleted`."""
    return raw_schema(entity).append(pa.field(IS_DELETED, pa.bool_()))


@dataclass(frozen=True)
class RowOrigin:
    """What all rows of a reading have in common.

    Attributes:
        resource: the Ed-Fi name, first part of `_row_id`.
        source_file: `<resource>@<window>`.
        scope: SQL of the merge key over column `id`, and of `change_version` in logs.
    """

    resource: str
    source_file: str
    scope: str
    delivered_on: date
    loaded_at: datetime


def read_pages(
    json: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    entity: Entity,
    standard: int,
    origin: RowOrigin,
    first_position: int,
) -> pa.Table:
    """Rows of some pages.

    Args:
        files: one JSON array each, named in the order in which they were read.
        first_position: `_source_row` of the first row.

    Raises:
        ApiError: a row has no id, or is no object.
    """
    paths: list[str] = []
    columns: list[str] = []
    for name, column in entity.columns.items():
        if not column.headers:
            columns.append(f"{_text(origin.resource)} as {_name(name)}")
        elif column.standards and standard not in column.standards:
            columns.append(f"null::varchar as {_name(name)}")
        else:
            found = [f"found[{len(paths) + position}]" for position in range(1, len(column.headers) + 1)]
            paths += [_json_path(path) for path in column.headers]
            columns.append(f"coalesce({', '.join(found)}) as {_name(name)}")
    listed = ", ".join(_text(str(file)) for file in files)
    sql = f"""
        with pages as (
            select json_extract_string(json, [{", ".join(map(_text, paths))}]) as found, filename, file_row_number
            from (
                select json, filename, row_number() over () as file_row_number
                from read_json_objects([{listed}], format = 'array', filename = true,
                    maximum_object_size = {_MOST_BYTES_PER_ROW})
            )
        ),
        content as (
            select {", ".join(columns)}, row_number() over (order by filename, file_row_number) as position from pages
        ),
        identified as (select *, lower(replace(id, '-', '')) as dashless_id from content)
        select
            * exclude (position, dashless_id),
            {_text(origin.resource)} || '/' || {origin.scope} as _row_id,
            {_text(origin.source_file)} as _source_file,
            position + {first_position - 1} as _source_row,
            {origin.scope} as _delivery_scope,
            date '{origin.delivered_on.isoformat()}' as _delivered_on,
            timestamptz '{origin.loaded_at.isoformat()}' as _loaded_at,
            false as {IS_DELETED}
        from identified
    """
    try:
        rows = json.execute(sql).to_arrow_table()
    except duckdb.Error as error:
        # DuckDB's message may quote a row.
        raise ApiError(
            f"edfi: {origin.resource}: a page holds something other than rows ({type(error).__name__}). "
            "Check the server's version and its own log."
        ) from None
    without_id = rows.column("_delivery_scope").null_count
    if without_id:
        raise ApiError(
            f"edfi: {origin.resource}: {without_id} of {rows.num_rows} rows have no id, "
            "so they could not be kept up to date. "
            "Check the server's version and its own log."
        )
    return rows.cast(landing_schema(entity))


def deleted_rows(scopes: pa.ChunkedArray | pa.Array, entity: Entity) -> pa.Table:
    """Marks by which dlt removes the rows with these merge keys. They come before everything read: `_source_row` 0."""
    count = len(scopes)
    schema = landing_schema(entity)
    given = {
        "_delivery_scope": scopes,
        "_source_row": pa.repeat(pa.scalar(0, pa.int64()), count),
        IS_DELETED: pa.repeat(pa.scalar(True), count),
    }
    return pa.table([given.get(field.name, pa.nulls(count, field.type)) for field in schema], schema=schema)


def _json_path(path: str) -> str:
    return "$" + "".join(f'."{part}"' for part in path.split("."))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _name(column: str) -> str:
    return f'"{column}"'
