"""Writes one delivered CSV file in blocks of whole columns, with planted lines slipped in between its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.sample_district.arrays import Ints

ROWS_PER_JOIN = 250_000
"""Rows rendered at once: keeps each Arrow string buffer far below its 2 GB limit and memory small."""


@dataclass(frozen=True)
class PlantedLine:
    """A line to slip into a block.

    after:  position of the block's row that it follows (-1: before the first).
    text:   the line without its line break.
    kind:   name of the dirty kind, or None for a harmless line that only supports another planted one.
    key:    a pointer to the record that identifies nobody.
    """

    after: int
    text: str
    kind: str | None
    key: str


@dataclass(frozen=True)
class DirtyRecord:
    """Where one dirty record stands: `line` counts from 1, the header's line."""

    kind: str
    file: str
    line: int
    key: str
    natural: bool = False


class CsvFile:
    """One CSV file of the delivery, written front to back."""

    def __init__(self, root: Path, name: str, header: Sequence[str]) -> None:
        self.name = name
        self.header = tuple(header)
        self.rows = 0
        self.dirty: list[DirtyRecord] = []
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self._stream = path.open("wb")
        self._stream.write((",".join(self.header) + "\n").encode())

    def __enter__(self) -> CsvFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def line(self, values: Mapping[str, str]) -> str:
        """Render one row by column name; columns that are not named stay empty."""
        unknown = set(values) - set(self.header)
        if unknown:
            raise KeyError(f"{self.name} has no column {sorted(unknown)}")
        fields = (values.get(column, "") for column in self.header)
        return ",".join(f'"{field}"' if "," in field else field for field in fields)

    def append(self, columns: Mapping[str, pa.Array], planted: Sequence[PlantedLine] = ()) -> Ints:
        """Write a block of rows and return the line number of each of them (planted lines not included).

        Columns that are not given stay empty. Planted lines are logged in `dirty`.
        """
        count = len(next(iter(columns.values())))
        missing = set(columns) - set(self.header)
        if missing:
            raise KeyError(f"{self.name} has no column {sorted(missing)}")
        empty = pa.scalar("", pa.string())
        ordered = [columns.get(column, empty) for column in self.header]
        queue = sorted(planted, key=lambda item: item.after)
        first_line = self.rows + 2
        lines = first_line + np.arange(count, dtype=np.int64)
        lines += np.searchsorted(np.array([item.after for item in queue], dtype=np.int64), np.arange(count))
        self._log(queue, first_line)
        waiting = 0
        for start in range(0, count, ROWS_PER_JOIN):
            stop = min(start + ROWS_PER_JOIN, count)
            text, offsets = _rendered(ordered, start, stop)
            written = start
            while waiting < len(queue) and queue[waiting].after < stop:
                upto = max(queue[waiting].after + 1, written)
                self._stream.write(text[offsets[written - start] : offsets[upto - start]])
                self._stream.write((queue[waiting].text + "\n").encode())
                written = upto
                waiting += 1
            self._stream.write(text[offsets[written - start] : offsets[stop - start]])
        for item in queue[waiting:]:
            self._stream.write((item.text + "\n").encode())
        self.rows += count + len(queue)
        return lines

    def _log(self, queue: Sequence[PlantedLine], first_line: int) -> None:
        for earlier, item in enumerate(queue):
            if item.kind is not None:
                self.dirty.append(DirtyRecord(item.kind, self.name, first_line + item.after + 1 + earlier, item.key))

    def note(self, kind: str, line: int, key: str) -> None:
        """Log a record that is dirty by nature, as it also stands in clean deliveries."""
        self.dirty.append(DirtyRecord(kind, self.name, int(line), key, natural=True))


def _rendered(columns: Sequence[pa.Array | pa.Scalar], start: int, stop: int) -> tuple[memoryview, Ints]:
    """Return the rows' text, each with its line break, and the offset at which each row begins."""
    parts = [part.slice(start, stop - start) if isinstance(part, pa.Array) else part for part in columns]
    # The unused last operand makes the final separator, and so the line break, part of the row.
    fields = pc.binary_join_element_wise(*parts, ",", null_handling="replace", null_replacement="")
    rows = pc.binary_join_element_wise(fields, pa.scalar("", pa.string()), "\n")
    _, offset_buffer, text_buffer = rows.buffers()
    offsets = np.frombuffer(offset_buffer, dtype=np.int32, count=rows.offset + len(rows) + 1)[rows.offset :]
    return memoryview(text_buffer), offsets.astype(np.int64)
