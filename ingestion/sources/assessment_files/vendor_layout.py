"""A vendor's file layout as data: `layouts/<name>.yml` says how to recognise a file and what its columns mean.

No code is written per vendor. A layout becomes `Delivery` objects, one for each part of the file that carries a
result, and those are read like any other delivery.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
import yaml
from pydantic import AfterValidator, Field, ValidationError, model_validator

from ingestion.errors import SourceFormatError
from ingestion.mapping import Strict, load_system

LAYOUTS_DIR = Path(__file__).parent / "layouts"

DATE_FORMATS: dict[str, dict[str, str]] = {
    "%Y-%m-%d": {},
    "%m/%d/%Y": {},
    "%Y-%m-%dT%H:%M:%S": {r"^(\d{4}-\d{2}-\d{2})T.*$": r"\1"},
    "%m/%d/%Y %H:%M": {r"^(\d{1,2}/\d{1,2}/\d{4}) .*$": r"\1"},
    "%Y%m%d": {r"^(\d{4})(\d{2})(\d{2})$": r"\1-\2-\3"},
    # Spreadsheets drop the zero in front of the month.
    "%m%d%Y": {r"^(\d{2})(\d{2})(\d{4})$": r"\3-\1-\2", r"^(\d)(\d{2})(\d{4})$": r"\3-0\1-\2"},
    # A month without a day is its first day.
    "%m%Y": {r"^(\d{2})(\d{4})$": r"\2-\1-01", r"^(\d)(\d{4})$": r"\2-0\1-01"},
    "%m%y": {r"^(\d{2})(\d{2})$": r"20\2-\1-01", r"^(\d)(\d{2})$": r"20\2-0\1-01"},
}
"""Ways in which vendors write a test date -> how it is written for staging, which reads the first two."""

_RANGE = re.compile(r"^(\d+)\.\.(\d+)$")


def _known_format(date_format: str) -> str:
    if date_format not in DATE_FORMATS:
        raise ValueError(f"date_format must be one of {', '.join(DATE_FORMATS)}")
    return date_format


def _usable(rewrites: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    for pattern in (pattern for patterns in rewrites.values() for pattern in patterns):
        try:
            pc.match_substring_regex(pa.array([""]), pattern)
        except pa.ArrowInvalid as error:
            raise ValueError(f"'{pattern}' is not a regular expression: {error}") from error
    return rewrites


DateFormat = Annotated[str, AfterValidator(_known_format)]
Rewrites = Annotated[dict[str, dict[str, str]], AfterValidator(_usable)]


class RepeatFromHeaders(Strict):
    """Values that are read from the file's own headers: the first group of every header that matches."""

    from_headers: str


class Part(Strict):
    """What one share of the file says: one result for each of its rows that has a score there.

    Attributes:
        name: tells the parts of a file apart; part of the recorded file name.
        repeat: placeholder -> its values: a list, a range such as "1..30", or `from_headers`. There is one part
            for each combination; `{placeholder}` in names, headers and constants stands for its value.
        columns: our column -> header, or headers of several years of which a file has one.
        constants: our column -> what holds for every row of the part.
        date_format: how `test_date` is written, one of `DATE_FORMATS`.
        required_values: columns of which a row must fill at least one to be a result of this part.
        rewrites: as in `Delivery`.
    """

    name: str = ""
    repeat: dict[str, str | tuple[Any, ...] | RepeatFromHeaders] = Field(default={})
    columns: dict[str, str | tuple[str, ...]] = Field(default={})
    constants: dict[str, str] = Field(default={})
    date_format: DateFormat | None = None
    required_values: tuple[str, ...] = ()
    rewrites: Rewrites = Field(default={})

    def headers(self, column: str) -> tuple[str, ...]:
        """Headers that may carry a column, in the order in which they are looked for."""
        headers = self.columns.get(column, ())
        return (headers,) if isinstance(headers, str) else headers

    def expanded(self, header: tuple[str, ...]) -> list["Part"]:
        """This part once for every combination of its repeated values, with the placeholders filled in.

        Args:
            header: the file's headers, from which `from_headers` takes its values.
        """
        names = list(self.repeat)
        return [
            self._filled(dict(zip(names, values, strict=True)))
            for values in product(*[list(_values(self.repeat[name], header)) for name in names])
        ]

    def _filled(self, values: dict[str, Any]) -> "Part":
        # Only replacements have placeholders: braces in an expression count repetitions.
        rewrites = {
            column: {pattern: replacement.format(**values) for pattern, replacement in patterns.items()}
            for column, patterns in self.rewrites.items()
        }
        return self.model_copy(
            update={
                "name": self.name.format(**values),
                "repeat": {},
                "columns": {
                    column: tuple(header.format(**values) for header in self.headers(column)) for column in self.columns
                },
                "constants": {
                    column: _rewritten(text.format(**values), rewrites.get(column, {}))
                    for column, text in self.constants.items()
                },
                "rewrites": rewrites,
            }
        )


class VendorLayout(Strict):
    """One product of one vendor. What stands here beside `parts` holds for each of them.

    Attributes:
        title: the product, and which of its files.
        instrument: code of the assessment in our results.
        recognised_by: variant -> headers that a file must have; one variant is enough.
        unless: headers that a file of this layout never has; they tell products with like files apart.
        absent: required columns that the files do not carry -> the reason.
        ask_district: columns that only the district can give -> the question.
        excluded: headers that are left out -> the reason; "*" stands for all others.
    """

    title: str
    instrument: str
    recognised_by: dict[str, tuple[str, ...]]
    unless: tuple[str, ...] = ()
    header_row: int = 1
    columns: dict[str, str | tuple[str, ...]] = Field(default={})
    constants: dict[str, str] = Field(default={})
    date_format: DateFormat | None = None
    required_values: tuple[str, ...] = ()
    rewrites: Rewrites = Field(default={})
    empty_values: tuple[str, ...] = ()
    absent: dict[str, str] = Field(default={})
    ask_district: dict[str, str] = Field(default={})
    excluded: dict[str, str]
    parts: tuple[Part, ...] = (Part(),)

    @model_validator(mode="after")
    def _complete(self) -> "VendorLayout":
        entity = load_system("assessment_files").entities["results"]
        for part in self.whole_parts():
            given = {*part.columns, *part.constants, *self.ask_district}
            named = {*given, *self.absent, *part.rewrites, *part.required_values}
            if unknown := named - set(entity.columns):
                raise ValueError(f"part '{part.name}' names no columns of ours: {', '.join(sorted(unknown))}")
            required = {name for name, column in entity.columns.items() if column.required}
            if missing := required - given - set(self.absent):
                raise ValueError(f"part '{part.name}' says nothing about {', '.join(sorted(missing))}")
            if not given & {"scale_score", "performance_level"}:
                raise ValueError(f"part '{part.name}' has neither a score nor a performance level")
            if not given & {"school_year", "test_date"}:
                raise ValueError(f"part '{part.name}' does not say when the test was taken")
        return self

    def whole_parts(self) -> list[Part]:
        """The parts with what they share filled in, before any repetition."""
        return [
            part.model_copy(
                update={
                    "columns": {**self.columns, **part.columns},
                    "constants": {"instrument": self.instrument, **self.constants, **part.constants},
                    "date_format": part.date_format or self.date_format,
                    "required_values": part.required_values or self.required_values,
                    "rewrites": {**self.rewrites, **part.rewrites},
                }
            )
            for part in self.parts
        ]

    def known_headers(self) -> frozenset[str]:
        """Headers that the layout names anywhere, in lower case; placeholders are left out."""
        named = {header for headers in self.recognised_by.values() for header in headers}
        named |= {header for part in self.whole_parts() for column in part.columns for header in part.headers(column)}
        return frozenset(header.lower() for header in (named | set(self.excluded)) if "{" not in header)


@cache
def vendor_layouts() -> dict[str, VendorLayout]:
    """Every known layout, by name.

    Raises:
        SourceFormatError: a layout file is wrong; the message names it.
    """
    return {path.stem: _read(path) for path in sorted(LAYOUTS_DIR.glob("*.yml"))}


def _read(path: Path) -> VendorLayout:
    try:
        return VendorLayout.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError, re.error) as error:
        raise SourceFormatError(f"layouts/{path.name} is not a valid layout: {error}") from error


def _values(repeat: str | tuple[Any, ...] | RepeatFromHeaders, header: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(repeat, RepeatFromHeaders):
        found = (re.match(repeat.from_headers, cell) for cell in header)
        yield from dict.fromkeys(match.group(1) for match in found if match)
    elif isinstance(repeat, str):
        limits = _RANGE.match(repeat)
        if limits is None:
            raise SourceFormatError(f"A repeat is a list, from_headers or a range such as 1..30, not '{repeat}'.")
        yield from range(int(limits[1]), int(limits[2]) + 1)
    else:
        yield from repeat


def _rewritten(text: str, patterns: dict[str, str]) -> str:
    for pattern, replacement in patterns.items():
        if re.search(pattern, text):
            return re.sub(pattern, replacement, text)
    return text
