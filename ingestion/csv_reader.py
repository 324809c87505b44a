"""Reads a delivered text file into Arrow text columns, block by block, and keeps every line that cannot be read.

Values stay exactly as delivered: parsing belongs to staging, where a bad value can be quarantined with its
reason instead of stopping the load.
"""

import csv
import functools
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from ingestion.errors import SourceFormatError
from ingestion.file_format import FileFormat
from ingestion.header_line import check_header
from ingestion.text_survey import BLOCK_BYTES, MAX_LINE_BYTES, TextSurvey, survey_text

MAX_UNREADABLE_LINES = 100_000
"""More lines than this that do not fit the header are not single mistakes: the layout is wrong."""

MAX_UNREADABLE_BYTES = 100 << 20

_CANDIDATE_DELIMITERS = (",", "\t", ";", "|")


@dataclass(frozen=True)
class UnreadableLine:
    """A line whose number of values differs from the header's."""

    row: int
    expected_columns: int
    actual_columns: int
    content: str


@dataclass(frozen=True)
class CsvContent:
    """A parsed file, or one block of it.

    Attributes:
        table: one text column per header, empty values as null; n rows.
        rows: int64 array of n record numbers; the file's first line is 1. Equal to line numbers unless a quoted
            value spans lines. Lines without any value are not rows.
        unreadable: lines that could not be split into the header's columns.
        encoding: "utf8", or what else the file was read as, e.g. "cp1252" when it is not valid UTF-8.
    """

    header: tuple[str, ...]
    table: pa.Table
    rows: pa.Array
    unreadable: tuple[UnreadableLine, ...]
    encoding: str

    def blocks(self) -> Iterator[tuple[pa.Table, pa.Array]]:
        """The rows and their numbers, in one piece."""
        yield self.table, self.rows


@dataclass
class CsvFile:
    """A text file about to be parsed.

    Attributes:
        source: path, or the file's bytes.
        unreadable: grows while `blocks` is consumed; complete at its end.
    """

    source: Path | bytes
    name: str
    header: tuple[str, ...]
    encoding: str
    delimiter: str
    header_lines: int
    file_format: FileFormat
    unreadable: list[UnreadableLine] = field(default_factory=list)
    _footer_row: int | None = None
    _is_too_bad: bool = False

    def blocks(self) -> Iterator[tuple[pa.Table, pa.Array]]:
        """Rows as text columns with their record numbers, a few MiB at a time, in file order.

        Raises:
            SourceFormatError: the file cannot be parsed; the message has the line, never its content.
        """
        next_row = self.header_lines + 1
        pending: list[int] = []
        try:
            for batch in self._open(pending):
                numbers, next_row = _record_numbers(next_row, batch.num_rows, pending)
                table = pa.Table.from_batches([batch])
                if all(column.null_count for column in batch.columns):
                    # Blank lines come as rows without any value; they count as lines, so that others keep theirs.
                    filled = functools.reduce(pc.or_, [pc.is_valid(column) for column in batch.columns])
                    table, numbers = table.filter(filled), numbers.filter(filled)
                yield self._without_footer(table, numbers)
            if self.unreadable:
                self._refuse_after_footer(self.unreadable[-1].row)
        except pa.ArrowInvalid as error:
            if "Could not skip initial" in str(error):
                return  # The file ends with its header line, without a line break.
            if self._is_too_bad:
                raise SourceFormatError(
                    f"{self.name}: {len(self.unreadable)} lines and more do not have the header's "
                    f"{len(self.header)} values, the first on line {self.unreadable[0].row}. "
                    "Check `delimiter`, `quote` and `header_row` in the layout."
                ) from error
            # Arrow's message may quote a value, so it is not repeated here.
            if "straddling" in str(error):
                raise SourceFormatError(
                    f"{self.name}, from line {next_row} on: a value in quotes does not end within "
                    f'{MAX_LINE_BYTES >> 20} MiB. Close the quote, or set `quote: ""` if quotes are plain text here.'
                ) from error
            raise SourceFormatError(
                f"{self.name}, from line {next_row} on: cannot be read as CSV. "
                "Export it again as comma-separated UTF-8 with quoted text."
            ) from error

    def _open(self, pending: list[int]) -> pacsv.CSVStreamingReader:
        footer = re.compile(self.file_format.footer) if self.file_format.footer else None
        kept_bytes = 0

        def keep(row: pacsv.InvalidRow) -> str:
            nonlocal kept_bytes
            pending.append(row.number)
            if footer and footer.search(row.text):
                self._footer_row = self._footer_row or row.number
                return "skip"
            kept_bytes += len(row.text)
            self.unreadable.append(UnreadableLine(row.number, row.expected_columns, row.actual_columns, row.text))
            if len(self.unreadable) > MAX_UNREADABLE_LINES or kept_bytes > MAX_UNREADABLE_BYTES:
                self._is_too_bad = True
                return "error"
            return "skip"

        return pacsv.open_csv(
            pa.BufferReader(self.source) if isinstance(self.source, bytes) else self.source,
            # One thread, because Arrow gives line numbers of bad lines only then.
            read_options=pacsv.ReadOptions(
                use_threads=False,
                encoding=self.encoding,
                column_names=list(self.header),
                skip_rows=self.header_lines,
                block_size=MAX_LINE_BYTES,
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=self.delimiter,
                quote_char=self.file_format.quote or False,
                newlines_in_values=bool(self.file_format.quote),
                invalid_row_handler=keep,
                ignore_empty_lines=False,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types={column: pa.string() for column in self.header},
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )

    def _without_footer(self, table: pa.Table, rows: pa.Array) -> tuple[pa.Table, pa.Array]:
        pattern = self.file_format.footer
        if not pattern or table.num_rows == 0:
            return table, rows
        first = pc.coalesce(*table.columns)
        is_footer = pc.match_substring_regex(first, pattern)
        data_rows = rows.filter(pc.invert(is_footer))
        footer_rows = rows.filter(is_footer)
        if len(footer_rows):
            self._footer_row = min(self._footer_row or footer_rows[0].as_py(), footer_rows[0].as_py())
        if len(data_rows):
            self._refuse_after_footer(data_rows[-1].as_py())
        return table.filter(pc.invert(is_footer)), data_rows

    def _refuse_after_footer(self, row: int) -> None:
        if self._footer_row is not None and row > self._footer_row:
            raise SourceFormatError(
                f"{self.name}, line {self._footer_row}: matches the layout's `footer`, but records follow it. "
                "Make the pattern stricter, so that no record is taken for a footer."
            )


def open_csv(source: Path | bytes, survey: TextSurvey, name: str, file_format: FileFormat) -> CsvFile:
    """Find a surveyed file's header and how it is delimited.

    Args:
        source: path or bytes of the file.
        name: the file's name, for messages.

    Raises:
        SourceFormatError: the file has no header or repeats one.
    """
    head = io.StringIO(survey.head.decode(survey.encoding, errors="ignore").removeprefix("\ufeff"), newline="")
    for _ in range(file_format.header_row - 1):
        head.readline()
    start = head.tell()
    delimiter = file_format.separator or _delimiter(head.readline(), file_format.quote)
    head.seek(start)
    reader = (
        csv.reader(head, delimiter=delimiter, quotechar=file_format.quote)
        if file_format.quote
        else csv.reader(head, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    )
    header = check_header(
        next(reader, []), name, file_format.header_row, number_repeated=file_format.repeated_headers == "number"
    )
    return CsvFile(
        source,
        name,
        header,
        "utf8" if survey.encoding.lower().replace("-", "") in ("utf8", "utf8sig", "ascii") else survey.encoding,
        delimiter,
        file_format.header_row - 1 + reader.line_num,
        file_format,
    )


def read_csv(content: bytes, name: str, file_format: FileFormat | None = None) -> CsvContent:
    """Parse a small text file that is in memory already.

    Args:
        content: the file's bytes.
        name: the file's name, for messages.

    Raises:
        SourceFormatError: the file has no header, repeats a header, or is not text.
    """
    file_format = file_format or FileFormat()
    pieces = (content[start : start + BLOCK_BYTES] for start in range(0, len(content), BLOCK_BYTES))
    file = open_csv(content, survey_text(pieces, name, file_format.encoding), name, file_format)
    blocks = list(file.blocks())
    schema = pa.schema([(column, pa.string()) for column in file.header])
    return CsvContent(
        file.header,
        pa.concat_tables([table for table, _ in blocks]) if blocks else schema.empty_table(),
        pa.chunked_array([rows for _, rows in blocks], pa.int64()).combine_chunks(),
        tuple(file.unreadable),
        file.encoding,
    )


def _record_numbers(first: int, count: int, skipped: list[int]) -> tuple[pa.Array, int]:
    """Numbers of the next `count` readable records, and the number after them; used ones leave `skipped`."""
    end = first + count
    used = 0
    while used < len(skipped) and skipped[used] < end:
        used += 1
        end += 1
    numbers = np.arange(first, end, dtype=np.int64)
    if used:
        numbers = np.setdiff1d(numbers, np.array(skipped[:used], dtype=np.int64), assume_unique=True)
        del skipped[:used]
    return pa.array(numbers, pa.int64()), end


def _delimiter(line: str, quote: str) -> str:
    """The candidate that the header line has most of, outside quotes; a comma when it has none."""
    bare = re.sub(f"{re.escape(quote)}[^{re.escape(quote)}]*{re.escape(quote)}", "", line) if quote else line
    return max(_CANDIDATE_DELIMITERS, key=bare.count)
