"""Reads one delivered CSV file into Arrow text columns, and keeps every line that cannot be read.

Values stay exactly as delivered: parsing belongs to staging, where a bad value can be quarantined with its
reason instead of stopping the load.
"""

import csv
import functools
import io
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from ingestion.errors import SourceFormatError


@dataclass(frozen=True)
class UnreadableLine:
    """A line whose number of values differs from the header's."""

    row: int
    expected_columns: int
    actual_columns: int
    content: str


@dataclass(frozen=True)
class CsvContent:
    """A parsed file.

    Attributes:
        table: one text column per header, empty values as null; n rows.
        rows: int64 array of n record numbers; the header is 1. Equal to line numbers unless a quoted value
            spans lines. Lines without any value are not rows.
        unreadable: lines that could not be split into the header's columns.
        encoding: "utf8", or "cp1252" when the file is not valid UTF-8.
    """

    header: tuple[str, ...]
    table: pa.Table
    rows: pa.Array
    unreadable: tuple[UnreadableLine, ...]
    encoding: str


def read_csv(content: bytes, name: str) -> CsvContent:
    """Parse a comma-separated file with a header.

    Args:
        content: the file's bytes.
        name: the file's name, for messages.

    Raises:
        SourceFormatError: the file has no header, repeats a header, or is not text.
    """
    encoding = _encoding(content, name)
    header = _header(content, encoding, name)
    unreadable: list[UnreadableLine] = []

    def keep(row: pacsv.InvalidRow) -> str:
        unreadable.append(UnreadableLine(row.number, row.expected_columns, row.actual_columns, row.text))
        return "skip"

    try:
        table = pacsv.read_csv(
            pa.BufferReader(content),
            # One thread, because Arrow gives line numbers of bad lines only then.
            read_options=pacsv.ReadOptions(
                use_threads=False,
                encoding=encoding,
                column_names=list(header),
                skip_rows=1,
                block_size=1 << 24,
            ),
            parse_options=pacsv.ParseOptions(
                newlines_in_values=True, invalid_row_handler=keep, ignore_empty_lines=False
            ),
            convert_options=pacsv.ConvertOptions(
                column_types={column: pa.string() for column in header},
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as error:
        # Arrow's message may quote a value, so it is not repeated here.
        raise SourceFormatError(
            f"{name} cannot be read as CSV. Export it again as comma-separated UTF-8 with quoted text."
        ) from error
    skipped = np.array([line.row for line in unreadable], dtype=np.int64)
    numbers = np.arange(2, table.num_rows + len(skipped) + 2, dtype=np.int64)
    rows = pa.array(np.setdiff1d(numbers, skipped, assume_unique=True), pa.int64())
    # Blank lines come as rows without any value. They count as lines, so that the numbers of the others hold.
    filled = functools.reduce(pc.or_, [pc.is_valid(column) for column in table.columns])
    return CsvContent(header, table.filter(filled), rows.filter(filled), tuple(unreadable), encoding)


def _encoding(content: bytes, name: str) -> str:
    if b"\x00" in content[:4096]:
        raise SourceFormatError(f"{name} is not a text file. Export it as comma-separated UTF-8.")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf8"


def _header(content: bytes, encoding: str, name: str) -> tuple[str, ...]:
    first_line = content.split(b"\n", 1)[0].decode("utf-8-sig" if encoding == "utf8" else encoding)
    header = tuple(cell.strip() for cell in next(csv.reader(io.StringIO(first_line)), []))
    if not any(header):
        raise SourceFormatError(f"{name} is empty: it has no header line. Check the export and send it again.")
    repeated = sorted({cell for cell in header if header.count(cell) > 1})
    if repeated:
        raise SourceFormatError(f"{name} repeats the header {', '.join(repeated)}. Each column needs its own name.")
    return header
