"""Reads one sheet of a delivered Excel workbook into Arrow text columns, with the row numbers that Excel shows.

A workbook holds at most a million rows and its reader gives Python values, so this is for people's files; a system
that exports in bulk sends CSV.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from ingestion.csv_reader import UnreadableLine
from ingestion.errors import SourceFormatError
from ingestion.excel_number_formats import zero_padded_columns
from ingestion.file_format import FileFormat
from ingestion.header_line import check_header
from ingestion.zip_archive import is_zip, opened_zip

EXCEL_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".xlsb")

MAX_WORKBOOK_BYTES = 1 << 30
"""Largest workbook, unpacked; a million full rows stay below it."""

_ROWS_AT_ONCE = 20_000


@dataclass
class ExcelFile:
    """A sheet about to be read.

    Attributes:
        padded: position of each column whose numbers are shown with leading zeros -> digits shown.
        unreadable: rows with values beyond the headers; complete once `blocks` is consumed.
    """

    sheet: CalamineSheet
    name: str
    header: tuple[str, ...]
    padded: Mapping[int, int]
    file_format: FileFormat
    encoding: str = "utf8"
    unreadable: list[UnreadableLine] = field(default_factory=list)

    def blocks(self) -> Iterator[tuple[pa.Table, pa.Array]]:
        """Rows as text columns with their row numbers in the sheet, some thousand at a time.

        Raises:
            SourceFormatError: a record follows a row that matches the footer pattern.
        """
        width = len(self.header)
        footer = re.compile(self.file_format.footer) if self.file_format.footer else None
        footer_row: int | None = None
        rows = enumerate(islice(self.sheet.iter_rows(), self.file_format.header_row, None), self._first_row)
        while block := list(islice(rows, _ROWS_AT_ONCE)):
            numbers: list[int] = []
            kept: list[Sequence[Any]] = []
            for number, row in block:
                first = next((value for value in row if value != ""), None)
                if first is None:
                    continue
                if footer and footer.search(_text(first) or ""):
                    footer_row = footer_row or number
                    continue
                if footer_row is not None:
                    raise SourceFormatError(
                        f"{self.name}, row {footer_row}: matches the layout's `footer`, but records follow it. "
                        "Make the pattern stricter, so that no record is taken for a footer."
                    )
                if any(value != "" for value in row[width:]):
                    texts = [_text(value) or "" for value in row]
                    self.unreadable.append(UnreadableLine(number, width, len(texts), "\t".join(texts)))
                    continue
                numbers.append(number)
                kept.append(row)
            # By column, because Arrow holds columns.
            columns = list(zip(*kept, strict=True)) if kept else [()] * width
            table = pa.table(
                [
                    pa.array([_text(value, self.padded.get(position)) for value in columns[position]], pa.string())
                    for position in range(width)
                ],
                names=list(self.header),
            )
            yield table, pa.array(numbers, pa.int64())

    @property
    def _first_row(self) -> int:
        return self.file_format.header_row + 1


def open_excel(path: Path, name: str, file_format: FileFormat) -> ExcelFile:
    """Open a workbook and find the sheet's header.

    Args:
        name: the file's name, for messages.

    Raises:
        SourceFormatError: it is no workbook, is protected by a password, lacks the sheet, or has no header.
    """
    is_packed = is_zip(path)
    if is_packed:
        with path.open("rb") as file, opened_zip(file, name) as archive:
            size = sum(member.file_size for member in archive.infolist())
            if size > MAX_WORKBOOK_BYTES:
                raise SourceFormatError(
                    f"{name} unpacks to {size >> 20} MiB, more than a workbook of records needs. Export it as CSV."
                )
    try:
        workbook = CalamineWorkbook.from_path(path)
        sheet = _sheet(workbook, name, file_format.sheet)
    except PasswordError as error:
        raise SourceFormatError(f"{name} is protected by a password. Save it without one.") from error
    except (CalamineError, OSError) as error:
        raise SourceFormatError(
            f"{name} is not a readable Excel workbook: it is damaged or of another kind. Save it again as .xlsx or CSV."
        ) from error
    cells = next(islice(sheet.iter_rows(), file_format.header_row - 1, None), [])
    texts = [_text(value) or "" for value in cells]
    while texts and not texts[-1].strip():
        texts.pop()
    header = check_header(texts, name, file_format.header_row, number_repeated=file_format.repeated_headers == "number")
    padded = zero_padded_columns(path, sheet.name) if is_packed else {}
    return ExcelFile(sheet, name, header, padded, file_format)


def _sheet(workbook: CalamineWorkbook, name: str, wanted: str | int) -> CalamineSheet:
    names = workbook.sheet_names
    if isinstance(wanted, str):
        if wanted not in names:
            raise SourceFormatError(
                f"{name} has no sheet '{wanted}'. Its sheets are: {', '.join(names)}. Correct `sheet` in the layout."
            )
        return workbook.get_sheet_by_name(wanted)
    if wanted > len(names):
        raise SourceFormatError(f"{name} has {len(names)} sheet(s), not {wanted}. Correct `sheet` in the layout.")
    return workbook.get_sheet_by_index(wanted - 1)


def _text(value: Any, digits: int | None = None) -> str | None:
    """A cell as Excel shows it, except that dates are ISO and other number formats are not applied."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        if float(value).is_integer() and abs(value) < 1e15:
            return f"{int(value):0{digits or 0}d}"
        return f"{value:.15g}"
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    return None if value is None else str(value)
