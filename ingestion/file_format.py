"""How the text of a delivered file is written: everything that a reader must know beside the columns."""

import codecs
import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

_DATE_PARTS = (("%Y", "%y"), ("%m", "%b", "%B"), ("%d",))


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class FileFormat(BaseModel):
    """Format of one family of files. The defaults fit a comma-separated UTF-8 file with a header on its first line."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoding: str = "auto"
    """auto: UTF-8, or UTF-16 when the file begins with its mark, or else Windows-1252, which is noted as drift."""
    delimiter: Literal["auto", ",", ";", "\t", "|", "tab"] = "auto"
    """auto: the one of , ; tab | that the header line has most of."""
    quote: str = Field(default='"', max_length=1)
    """Character around values that hold a delimiter; empty when the file has none."""
    header_row: int = Field(default=1, ge=1)
    """Line (in a workbook: row) on which the headers stand; what is above is skipped."""
    repeated_headers: Literal["refuse", "number"] = "refuse"
    """number: of columns with the same header, the second is called "header (2)" and so on; none may be mapped."""
    footer: str = ""
    """Pattern of the lines after the last record, such as "^Total"; looked for in the first value of a line."""
    date_format: Annotated[tuple[str, ...], BeforeValidator(_as_tuple)] = ()
    """How the file writes its dates, e.g. "%d/%m/%Y"; several are tried in turn. Dates land as YYYY-MM-DD."""
    sheet: str | int = 1
    """Of a workbook: the sheet's name, or its number from 1."""

    @property
    def separator(self) -> str | None:
        """The delimiter as a character; None when it is to be found out."""
        return None if self.delimiter == "auto" else "\t" if self.delimiter == "tab" else self.delimiter

    @model_validator(mode="after")
    def _is_usable(self) -> Self:
        if self.encoding != "auto":
            try:
                codecs.lookup(self.encoding)
            except LookupError as error:
                raise ValueError(f"encoding '{self.encoding}' is unknown; use e.g. utf-8, cp1252 or utf-16") from error
        try:
            re.compile(self.footer)
        except re.error as error:
            raise ValueError(f"footer '{self.footer}' is not a pattern: {error}") from error
        for date_format in self.date_format:
            if not all(any(part in date_format for part in parts) for parts in _DATE_PARTS):
                raise ValueError(f"date_format '{date_format}' must name a year, a month and a day, e.g. %d/%m/%Y")
        if isinstance(self.sheet, int) and self.sheet < 1:
            raise ValueError("sheet is a name, or a number from 1")
        return self
