"""Applies a layout to a parsed file: delivered headers become raw columns, and every difference is noticed.

A missing required column stops the load, because nothing downstream could be right. A new column does not
load and is recorded. A column whose values mostly no longer parse as their type is recorded as retyped.
"""

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.csv_reader import CsvContent
from ingestion.district import Delivery
from ingestion.errors import SourceFormatError
from ingestion.mapping import ColumnType, Entity

LANDING_COLUMNS = (
    ("_row_id", pa.string()),
    ("_source_file", pa.string()),
    ("_source_row", pa.int64()),
    ("_delivery_scope", pa.string()),
    ("_delivered_on", pa.date32()),
    ("_loaded_at", pa.timestamp("us", tz="UTC")),
)
"""Columns that landing adds to each raw row."""

RETYPED_SHARE = 0.5
"""Above this share of values that do not parse, the column's type changed; below, single values are wrong."""

EVERYTHING_ELSE = "*"
"""Under `excluded`: leave out every header that the layout does not name, for wide vendor files."""

_PATTERNS: dict[ColumnType, str] = {
    "date": r"^\s*(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}/\d{4}|\d{8}\s*$)",
    "timestamp": r"^\s*(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}/\d{4})",
    "integer": r"^\s*-?\d+\s*$",
    "decimal": r"^\s*-?(\d+\.?\d*|\.\d+)\s*$",
    "boolean": r"(?i)^\s*(true|false|yes|no|y|n|t|f|0|1)\s*$",
    "school_year": r"^\s*\d{4}(\s*[-/]\s*\d{2,4})?\s*$",
}


@dataclass(frozen=True)
class Drift:
    """One way in which a file differs from its layout."""

    column_name: str
    kind: str
    detail: str


@dataclass(frozen=True)
class RawRows:
    """Rows ready to land: all columns of the raw table, and the drift that was noticed."""

    table: pa.Table
    drift: tuple[Drift, ...]


def raw_schema(entity: Entity) -> pa.Schema:
    """Arrow schema of an entity's raw table: content as text, then the landing columns."""
    return pa.schema([(column, pa.string()) for column in entity.columns] + list(LANDING_COLUMNS))


def apply_layout(
    content: CsvContent,
    entity: Entity,
    delivery: Delivery,
    *,
    source_file: str,
    delivered_on: date,
    loaded_at: datetime,
) -> RawRows:
    """Rename, complete and check the columns of one file.

    Args:
        source_file: path of the file relative to its source, as recorded with each row.
        loaded_at: one moment for the whole load, UTC.

    Raises:
        SourceFormatError: a required column is absent; the message lists the file's headers and the remedy.
    """
    constants = {**(entity.constants if not delivery.columns else {}), **delivery.constants}
    delivered = {header.lower(): header for header in content.header}
    rows = content.table.num_rows
    columns: list[pa.ChunkedArray | pa.Array] = []
    drift: list[Drift] = []
    used: set[str] = set()
    missing: list[str] = []
    for name, column in entity.columns.items():
        candidates = (delivery.columns[name],) if name in delivery.columns else column.headers
        header = next((delivered[c.lower()] for c in candidates if c.lower() in delivered), None)
        if name in constants:
            columns.append(pa.array(np.full(rows, constants[name], dtype=object), pa.string()))
        elif header is not None:
            used.add(header)
            values = content.table.column(header)
            drift += _retyped(header, column.type, values)
            columns.append(values)
        else:
            if column.required:
                missing.append(f"{name} (header {' or '.join(candidates) or 'none given'})")
            columns.append(pa.nulls(rows, pa.string()))
    if missing:
        raise SourceFormatError(
            f"{source_file} lacks {', '.join(missing)}. Its headers are: {', '.join(content.header)}. "
            "If the export renamed a column, map it under `deliveries` in the district file; "
            "otherwise restore it in the export."
        )
    excluded = {header.lower() for header in (*entity.excluded, *delivery.excluded)}
    drift += [
        Drift(header, "new_column", "not in the layout, so it was not loaded")
        for header in content.header
        if header not in used and header.lower() not in excluded and EVERYTHING_ELSE not in excluded
    ]
    if content.encoding != "utf8":
        drift.append(Drift("", "encoding", f"read as {content.encoding} because it is not valid UTF-8"))
    numbers = content.rows
    landing = [
        pc.binary_join_element_wise(pa.scalar(source_file), pc.cast(numbers, pa.string()), "#"),
        pa.array(np.full(rows, source_file, dtype=object), pa.string()),
        numbers,
        pa.array(np.full(rows, source_file, dtype=object), pa.string()),
        pa.array(np.full(rows, np.datetime64(delivered_on, "D")), pa.date32()),
        pa.array(np.full(rows, np.datetime64(loaded_at.replace(tzinfo=None), "us")), pa.timestamp("us")).cast(
            pa.timestamp("us", tz="UTC")
        ),
    ]
    return RawRows(pa.table([*columns, *landing], schema=raw_schema(entity)), tuple(drift))


def _retyped(header: str, column_type: ColumnType, values: pa.ChunkedArray) -> list[Drift]:
    pattern = _PATTERNS.get(column_type)
    filled = len(values) - values.null_count
    if pattern is None or filled == 0:
        return []
    fitting = pc.sum(pc.match_substring_regex(values, pattern)).as_py() or 0
    if fitting >= filled * (1 - RETYPED_SHARE):
        return []
    return [Drift(header, "retyped", f"{filled - fitting} of {filled} values are not of type {column_type}")]
