"""Checks the header of a delivered file, and decides what of it may be shown.

A file without a header line has a student where the headers should be. Such a line is never printed.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from ingestion.errors import SourceFormatError

_IS_VALUE = re.compile(r"^[\W\d_]+$|@|\d{5,}|^\d+[/.-]\d+")


def check_header(cells: Sequence[str], name: str, line: int, *, number_repeated: bool = False) -> tuple[str, ...]:
    """The header's cells without surrounding space; a blank one is named after its position.

    Args:
        line: where the header stands in the file, from 1.
        number_repeated: give the second and further columns of one name their number instead of refusing them.

    Raises:
        SourceFormatError: there is no header, or two columns share a name.
    """
    header = tuple(cell.strip() for cell in cells)
    if not any(header):
        raise SourceFormatError(
            f"{name} is empty: it has no header line{f' (line {line})' if line > 1 else ''}. "
            "Check the export and send it again."
        )
    header = tuple(cell or f"(column {position} has no header)" for position, cell in enumerate(header, start=1))
    repeated = sorted(cell for cell, times in Counter(header).items() if times > 1)
    if repeated and number_repeated:
        return _numbered(header)
    if repeated:
        raise SourceFormatError(
            f"{name}, line {line}: repeats the header {', '.join(repeated)}. Each column needs its own name."
            if looks_like_headers(header)
            else f"{name}, line {line}: {NO_HEADER}"
        )
    return header


def _numbered(header: tuple[str, ...]) -> tuple[str, ...]:
    seen: Counter[str] = Counter()
    names = []
    for cell in header:
        seen[cell] += 1
        names.append(cell if seen[cell] == 1 else second_name(cell, seen[cell]))
    return tuple(names)


def second_name(cell: str, number: int = 2) -> str:
    """What the second, third … column of the same header is called."""
    return f"{cell} ({number})"


NO_HEADER = (
    "the line does not look like headers, and its values are not shown because they may be a student's. "
    "Export the file with a header line, or set `header_row` in the layout."
)


def looks_like_headers(cells: Iterable[str]) -> bool:
    """False when any cell looks like a record's value: a number, a date, an address."""
    return not any(_IS_VALUE.search(cell) for cell in cells)


def shown_headers(header: Sequence[str]) -> str:
    """The headers for a message, or why they are not shown."""
    if looks_like_headers(header):
        return f"Its headers are: {', '.join(header)}."
    return f"It has {len(header)} columns; {NO_HEADER}"
