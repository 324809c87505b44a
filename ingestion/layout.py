"""Applies a layout to a parsed file: delivered headers become raw columns, and every difference is noticed.

A missing required column stops the load, because nothing downstream could be right. A new column does not
load and is recorded. A column whose values mostly no longer parse as their type is recorded as retyped.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.csv_reader import CsvContent
from ingestion.date_formats import iso_dates
from ingestion.district import Delivery
from ingestion.errors import SourceFormatError
from ingestion.header_line import second_name, shown_headers
from ingestion.mapping import ColumnType, Entity
from ingestion.rewriting import cleaned

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
    passed_over: int = 0
    """Rows of the file that do not concern this part of it."""


def raw_schema(entity: Entity) -> pa.Schema:
    """Arrow schema of an entity's raw table: content as text, then the landing columns."""
    return pa.schema([(column, pa.string()) for column in entity.columns] + list(LANDING_COLUMNS))


def expected_headers(entity: Entity, delivery: Delivery) -> tuple[str, ...]:
    """The header of each column: the delivery's own, or else the first that the standard layout has for it."""
    standard = {name: column.headers[0] for name, column in entity.columns.items() if column.headers}
    return tuple({**standard, **delivery.columns}.values())


class Layout:
    """One file's headers matched to the columns of its raw table; then its rows, block by block."""

    def __init__(
        self,
        header: Sequence[str],
        entity: Entity,
        delivery: Delivery,
        *,
        source_file: str,
        delivered_on: date,
        loaded_at: datetime,
    ) -> None:
        """Match the headers.

        Args:
            source_file: path of the file relative to its source, as recorded with each row; a part is named after it.
            loaded_at: one moment for the whole load, UTC.

        Raises:
            SourceFormatError: a required column is absent, or a mapped one stands twice; the message has the file's
                headers and the remedy.
        """
        self.passed_over = 0
        """Rows so far that do not concern this part of the file."""
        self._entity = entity
        self._delivery = delivery
        self._schema = raw_schema(entity)
        self._source_file = source_file
        self._delivered_on = delivered_on
        self._loaded_at = loaded_at
        self._constants = {**(entity.constants if not delivery.columns else {}), **delivery.constants}
        self._formats = delivery.format.date_format
        self._headers: dict[str, str] = {}
        self._tallies: dict[str, _Tally] = {}
        # A header in the very case that is asked for comes first: some exports have both Grade and grade.
        delivered = {name.lower(): name for name in reversed(header)} | {name: name for name in header}
        missing: list[str] = []
        self._missing_columns: list[Drift] = []
        for name, column in entity.columns.items():
            if name in self._constants:
                continue
            candidates = (delivery.columns[name],) if name in delivery.columns else column.headers
            found = next((delivered[c] for names in candidates for c in (names, names.lower()) if c in delivered), None)
            if found is not None:
                if second_name(found) in delivered and delivery.format.repeated_headers == "number":
                    raise SourceFormatError(
                        f"{source_file} repeats the header {found}, which carries {name}: which column is meant is not "
                        "known. Give each its own name in the export."
                    )
                self._headers[name] = found
                self._tallies[name] = _Tally(column.type)
            elif column.required and name not in delivery.absent:
                missing.append(f"{name} (header {' or '.join(candidates) or 'none given'})")
            elif name in delivery.columns:
                self._missing_columns.append(
                    Drift(candidates[0], "missing_column", f"not in the file, so {name} is empty; map its new name")
                )
        if missing:
            raise SourceFormatError(
                f"{source_file} lacks {', '.join(missing)}. {shown_headers(header)} "
                "If the export renamed a column, map it under `deliveries` in the district file; "
                "otherwise restore it in the export."
            )
        excluded = {name.lower() for name in (*entity.excluded, *delivery.excluded)}
        used = set(self._headers.values())
        self._new_columns = [
            Drift(name, "new_column", "not in the layout, so it was not loaded")
            for name in header
            if name not in used and name.lower() not in excluded and EVERYTHING_ELSE not in excluded
        ]

    def rows(self, table: pa.Table, numbers: pa.Array) -> pa.Table:
        """One block of the file in the raw table's schema.

        Args:
            table: text columns by header; n rows.
            numbers: int64 record numbers, n of them.
        """
        count = table.num_rows
        columns: list[pa.ChunkedArray | pa.Array] = []
        for name, column in self._entity.columns.items():
            if name in self._constants:
                columns.append(pa.repeat(pa.scalar(self._constants[name]), count))
            elif name not in self._headers:
                columns.append(pa.nulls(count, pa.string()))
            else:
                values = cleaned(table.column(self._headers[name]), self._delivery, name)
                if self._formats and column.type in ("date", "timestamp"):
                    values, unparsed = iso_dates(values, self._formats, with_time=column.type == "timestamp")
                    self._tallies[name].unparsed += unparsed
                self._tallies[name].add(values)
                columns.append(values)
        if self._delivery.required_values:
            names = list(self._entity.columns)
            filled = [pc.is_valid(columns[names.index(column)]) for column in self._delivery.required_values]
            concerned = functools.reduce(pc.or_, filled)
            columns = [column.filter(concerned) for column in columns]
            numbers = numbers.filter(concerned)
            self.passed_over += count - len(numbers)
            count = len(numbers)
        landing = [
            pc.binary_join_element_wise(pa.scalar(self._source_file), pc.cast(numbers, pa.string()), "#"),
            pa.repeat(pa.scalar(self._source_file), count),
            numbers,
            # The parts of a file are replaced together, so that one which has become empty leaves nothing behind.
            pa.repeat(pa.scalar(self._source_file.removesuffix(f"|{self._delivery.part}")), count),
            pa.repeat(pa.scalar(self._delivered_on, pa.date32()), count),
            pa.repeat(pa.scalar(self._loaded_at, pa.timestamp("us", tz="UTC")), count),
        ]
        return pa.table([*columns, *landing], schema=self._schema)

    def drift(self, encoding: str = "utf8") -> tuple[Drift, ...]:
        """Every way in which the rows so far differ from the layout.

        Args:
            encoding: what the file was read as.
        """
        found = [
            Drift(
                self._headers[name],
                "retyped",
                f"{tally.looked_at - tally.fitting} of {tally.looked_at} values are not of type {tally.type}",
            )
            for name, tally in self._tallies.items()
            if tally.is_retyped
        ]
        found += [
            Drift(self._headers[name], "date_format", f"{tally.unparsed} values are not in the declared date format")
            for name, tally in self._tallies.items()
            if tally.unparsed and not tally.is_retyped
        ]
        if encoding == "cp1252":
            found.append(Drift("", "encoding", f"read as {encoding} because it is not valid UTF-8"))
        return (*found, *self._missing_columns, *self._new_columns)


def apply_layout(
    content: CsvContent,
    entity: Entity,
    delivery: Delivery,
    *,
    source_file: str,
    delivered_on: date,
    loaded_at: datetime,
) -> RawRows:
    """Rename, complete and check the columns of one small file that is in memory; arguments as of `Layout`."""
    layout = Layout(
        content.header, entity, delivery, source_file=source_file, delivered_on=delivered_on, loaded_at=loaded_at
    )
    table = layout.rows(content.table, content.rows)
    return RawRows(table, layout.drift(content.encoding), layout.passed_over)


SAMPLED_VALUES = 8192
"""Most values of one block and column that are held against its type. A column that is retyped is so throughout, and
looking at each of millions of values would take as long as reading them."""


@dataclass
class _Tally:
    """How many values of a column fit its type, of those looked at."""

    type: ColumnType
    looked_at: int = 0
    fitting: int = 0
    unparsed: int = 0

    def add(self, values: pa.ChunkedArray) -> None:
        pattern = _PATTERNS.get(self.type)
        if pattern is None:
            return
        if len(values) > SAMPLED_VALUES:
            # A stride of the block, so that a change within the file is seen.
            step = -(-len(values) // SAMPLED_VALUES)
            values = values.take(pa.array(np.arange(0, len(values), step)))
        self.looked_at += len(values) - values.null_count
        self.fitting += pc.sum(pc.match_substring_regex(values, pattern)).as_py() or 0

    @property
    def is_retyped(self) -> bool:
        return self.fitting < self.looked_at * (1 - RETYPED_SHARE)
