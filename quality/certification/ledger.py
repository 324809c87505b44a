"""The certification ledger: one JSON line for each step that somebody took, added and never changed.

Each line carries the hash of the line before it, so a line that is changed, taken out or put in breaks the chain. The
end of a chain cannot miss what was cut off it; that is why the pointer records how long the ledger was and its last
hash. Whoever can rewrite both, and every frozen manifest, can forge it: it shows tampering, it does not prevent it.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from quality.certification.records import Entry
from quality.errors import LedgerError
from quality.published_files import LedgerHead, flush_to_disk

LEDGER_NAME = "certification_ledger.jsonl"
_LOCK_NAME = "certification.lock"
_BEGINNING = "0" * 64
_ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)


@dataclass(frozen=True)
class Ledger:
    """All entries in the order in which they were made; `hashes` are theirs."""

    entries: tuple[Entry, ...] = ()
    hashes: tuple[str, ...] = ()

    @property
    def head(self) -> LedgerHead:
        """How far it goes."""
        return LedgerHead(entries=len(self.hashes), sha256=(_BEGINNING, *self.hashes)[-1])

    def check_extends(self, head: LedgerHead) -> None:
        """Raises LedgerError unless this ledger contains the one that ended with `head`."""
        before = (_BEGINNING, *self.hashes)
        if head.entries >= len(before) or before[head.entries] != head.sha256:
            raise LedgerError(
                f"{LEDGER_NAME} is not the ledger that was published: entries are missing or were changed. "
                "Restore it from a backup."
            )


def read_ledger(serving_dir: Path) -> Ledger:
    """Read and verify the ledger of a serving folder; an empty one when nothing was ever certified.

    Raises:
        LedgerError: a line is not what was written; the message says which.
    """
    try:
        content = (serving_dir / LEDGER_NAME).read_bytes()
    except FileNotFoundError:
        return Ledger()
    entries: list[Entry] = []
    hashes: list[str] = []
    for number, line in enumerate(_whole_lines(content), start=1):
        try:
            written = json.loads(line)
            entry, digest = written["entry"], written["sha256"]
            entries.append(_ENTRY.validate_python(entry))
        except (ValueError, KeyError, TypeError, ValidationError) as error:
            raise LedgerError(f"{LEDGER_NAME}, line {number}, is damaged. Restore the file from a backup.") from error
        if line.decode() != _line(number, hashes[-1] if hashes else _BEGINNING, entry):
            raise LedgerError(
                f"{LEDGER_NAME}, line {number}, is not as it was written, or one before it is missing. "
                "Restore the file from a backup."
            )
        hashes.append(digest)
    return Ledger(tuple(entries), tuple(hashes))


def append_entry(serving_dir: Path, entry: Entry) -> Ledger:
    """Add an entry behind the last one and return the ledger with it. The caller holds `certification_lock`."""
    serving_dir.mkdir(parents=True, exist_ok=True)
    path = serving_dir / LEDGER_NAME
    ledger = read_ledger(serving_dir)
    line = _line(len(ledger.entries) + 1, ledger.head.sha256, entry.model_dump(mode="json"))
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        # What a process that died left of a line is not an entry, and nothing was done on its strength.
        os.ftruncate(descriptor, sum(len(one) + 1 for one in _whole_lines(path.read_bytes())))
        os.lseek(descriptor, 0, os.SEEK_END)
        os.write(descriptor, line.encode() + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    flush_to_disk(serving_dir)
    return read_ledger(serving_dir)


@contextmanager
def certification_lock(serving_dir: Path) -> Iterator[None]:
    """Let one process at a time change the ledger, or the pointer that follows from it."""
    serving_dir.mkdir(parents=True, exist_ok=True)
    with (serving_dir / _LOCK_NAME).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _whole_lines(content: bytes) -> list[bytes]:
    return content.split(b"\n")[:-1]


def _line(number: int, previous: str, entry: Any) -> str:
    """An entry as it is written: with its number, the hash of the one before it, and its own over all of that."""
    hashed = json.dumps({"number": number, "previous": previous, "entry": entry}, ensure_ascii=False)
    return f'{hashed[:-1]}, "sha256": "{hashlib.sha256(hashed.encode()).hexdigest()}"}}'
