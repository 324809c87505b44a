"""Opens zip archives that come from outside: only plain files, inside the archive's folder, of a plausible size."""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ingestion.errors import SourceFormatError

MAX_RATIO = 250
"""Text packs to a tenth, repetitive text to a hundredth. Above this an archive is built to fill the disk."""

FREE_BYTES = 64 << 20
"""A member below this size is harmless whatever its ratio."""

MAX_TOTAL_BYTES = 64 << 30


def is_zip(path: Path) -> bool:
    """Whether a local file begins like a zip archive."""
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


@contextmanager
def opened_zip(file: BinaryIO, name: str) -> Iterator[zipfile.ZipFile]:
    """The archive in a seekable stream, once all its members are known to be harmless.

    Args:
        name: the archive's name, for messages.

    Raises:
        SourceFormatError: it is truncated or no zip, or a member would leave its folder, is a link, is encrypted,
            is there twice, or unpacks to an implausible size.
    """
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
        raise SourceFormatError(
            f"{name} is not a complete zip archive: it was cut off or is of another kind. Send it again."
        ) from error
    with archive:
        seen: set[str] = set()
        for member in archive.infolist():
            problem = _problem(member)
            if member.filename in seen:
                problem = "is in the archive twice"
            seen.add(member.filename)
            if problem:
                raise SourceFormatError(
                    f"{name}: member {member.filename!r} {problem}. Nothing of the archive was read. "
                    "Pack it again with plain files only."
                )
        total = sum(member.file_size for member in archive.infolist())
        if total > MAX_TOTAL_BYTES:
            raise SourceFormatError(
                f"{name} unpacks to {total >> 30} GiB; the limit is {MAX_TOTAL_BYTES >> 30}. Split the archive."
            )
        yield archive


@contextmanager
def opened_member(archive: zipfile.ZipFile, member: str, name: str) -> Iterator[BinaryIO]:
    """A member's content as a stream.

    Args:
        name: archive and member, for messages.

    Raises:
        SourceFormatError: its content is cut off or damaged.
    """
    try:
        with archive.open(member) as stream:
            yield stream  # type: ignore[misc]
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError) as error:
        raise SourceFormatError(
            f"{name}: the archive is damaged or cut off within this member. Pack and send it again."
        ) from error


def member_date(member: zipfile.ZipInfo) -> date:
    """Day on which a member was last changed; archives without dates say 1980."""
    try:
        return date(*member.date_time[:3])
    except ValueError:
        return date(1980, 1, 1)


def _problem(member: zipfile.ZipInfo) -> str | None:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in member.filename.split("/")[0]:
        return "would be written outside the folder of its archive"
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind and not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        return "is a link or device, not a file"
    if member.flag_bits & 0x1:
        return "is encrypted"
    if member.file_size > FREE_BYTES and member.file_size > MAX_RATIO * max(member.compress_size, 1):
        return f"unpacks to {member.file_size >> 20} MiB, over {MAX_RATIO} times its packed size, as a zip bomb does"
    return None
