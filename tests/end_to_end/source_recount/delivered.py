"""The files that the sample district delivers, read with nothing but pandas and the csv module."""

import csv
from dataclasses import dataclass
from pathlib import Path

import pandas as pd


@dataclass(frozen=True)
class Delivered:
    """Delivered files without the rows that the quarantine keeps, each named `<file>#<line>`.

    Which rows those are is the judgement of the rules, which other tests hold to the planted defects.
    """

    folder: Path
    rejected: frozenset[str]

    def rows(self, pattern: str) -> pd.DataFrame:
        """All rows of the files that match, as text; an empty field is missing."""
        return pd.concat([self._rows(path) for path in sorted(self.folder.glob(pattern))], ignore_index=True)

    def _rows(self, path: Path) -> pd.DataFrame:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file)
            header = next(reader)
            kept = [
                row
                for row in reader
                # A line with a value too many has landed nowhere.
                if len(row) == len(header) and f"{path.name}#{reader.line_num}" not in self.rejected
            ]
        return pd.DataFrame(kept, columns=header, dtype=object).replace("", None)


def dates(texts: pd.Series) -> pd.Series:
    """ISO or American dates."""
    american = texts.str.contains("/", na=False)
    read = pd.to_datetime(texts.where(~american), format="%Y-%m-%d")
    return read.where(~american, pd.to_datetime(texts.where(american), format="%m/%d/%Y"))


def spring_year(days: pd.Series) -> pd.Series:
    """The school year that a date falls in: 2026 is July 2025 to June 2026."""
    years: pd.Series = days.dt.year + (days.dt.month >= 7)
    return years
