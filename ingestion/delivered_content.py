"""Opens a delivered file for parsing, whatever it is packed or written in, without holding it in memory.

A plain text file on this machine is read where it lies. Everything else (a member of an archive, a file on another
machine, gzip) is unpacked once into a temporary file, because it is looked over before it is parsed.
"""

import hashlib
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

import pyarrow as pa

from ingestion.csv_reader import UnreadableLine, open_csv
from ingestion.delivered_files import DeliveredFile
from ingestion.errors import SourceFormatError
from ingestion.excel_reader import EXCEL_SUFFIXES, open_excel
from ingestion.file_format import FileFormat
from ingestion.text_survey import BLOCK_BYTES, HashingReader, survey_text
from ingestion.yaml_reader import YAML_SUFFIXES, read_yaml
from ingestion.zip_archive import FREE_BYTES, MAX_RATIO

_GZIP = b"\x1f\x8b"


class Content(Protocol):
    """A file about to be parsed."""

    @property
    def header(self) -> tuple[str, ...]:
        """Its columns."""
        ...

    @property
    def encoding(self) -> str:
        """utf8, or what else it is read as."""
        ...

    def blocks(self) -> Iterator[tuple[pa.Table, pa.Array]]:
        """Its rows as text columns with their record numbers, block by block."""
        ...

    @property
    def unreadable(self) -> "list[UnreadableLine] | tuple[UnreadableLine, ...]":
        """Lines that could not be split; complete once `blocks` is consumed."""
        ...


@dataclass(frozen=True)
class OpenedFile:
    """A delivered file's content and digest.

    Attributes:
        sha256: of the file as delivered, by which an unchanged delivery is recognised.
    """

    content: Content
    sha256: str


@contextmanager
def opened_content(
    file: DeliveredFile, name: str, file_format: FileFormat, section: str = "", headers: tuple[str, ...] = ()
) -> Iterator[OpenedFile]:
    """Open a delivered text file, workbook or YAML file.

    Args:
        name: the file's name with its system, for messages.
        section: of a YAML file, the key whose list is read.
        headers: of a YAML file, the columns that the list has in any case.

    Raises:
        IngestionError: it cannot be read as what its name and layout say; nothing of it has been yielded then.
    """
    suffix = PurePosixPath(file.name).suffix.lower()
    if suffix in YAML_SUFFIXES:
        written = file.read()
        yield OpenedFile(read_yaml(written, name, section, headers), hashlib.sha256(written).hexdigest())
        return
    is_workbook = suffix in EXCEL_SUFFIXES
    local = file.local_path
    if local is not None and not local.is_file():
        local = None
    if local is not None and (is_workbook or not _is_gzip(local)):
        before = _state(local)
        yield _opened(local, file, name, file_format, is_workbook)
        if _state(local) != before:
            raise SourceFormatError(
                f"{name} changed while it was read: it is probably still arriving. Run again when it is complete."
            )
        return
    with tempfile.TemporaryDirectory(prefix="stocktake-") as folder:
        yield _opened(None, file, name, file_format, is_workbook, Path(folder) / "delivered")


def _opened(
    local: Path | None,
    file: DeliveredFile,
    name: str,
    file_format: FileFormat,
    is_workbook: bool,
    copy_to: Path | None = None,
) -> OpenedFile:
    path = local or copy_to
    assert path is not None  # noqa: S101 (one of the two is given)
    with file.open() as stream:
        raw = HashingReader(stream)
        if is_workbook:
            if copy_to is not None:
                _copy(raw, copy_to)
            while raw.read(BLOCK_BYTES):
                pass
            return OpenedFile(open_excel(path, name, file_format), raw.sha256)
        if copy_to is None:
            survey = survey_text(_blocks(raw, name), name, file_format.encoding)
        else:
            with copy_to.open("wb") as copy:
                survey = survey_text(_blocks(raw, name), name, file_format.encoding, copy)
    return OpenedFile(open_csv(path, survey, name, file_format), raw.sha256)


def _copy(raw: HashingReader, target: Path) -> None:
    with target.open("wb") as copy:
        while block := raw.read(BLOCK_BYTES):
            copy.write(block)


def _blocks(raw: HashingReader, name: str) -> Iterator[bytes]:
    """The text's bytes, unpacked when they are gzip."""
    first = raw.read(BLOCK_BYTES)
    if first.startswith(_GZIP):
        yield from _unpacked(first, raw, name)
        return
    while first:
        yield first
        first = raw.read(BLOCK_BYTES)


def _unpacked(first: bytes, raw: HashingReader, name: str) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    packed = first
    unpacked_bytes = 0
    try:
        while packed or (packed := raw.read(BLOCK_BYTES)):
            if unpacker.eof:
                # Files packed in pieces are one file; some tools pad with zeros.
                packed = packed.lstrip(b"\x00")
                if not packed:
                    continue
                unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
            block = unpacker.decompress(packed, BLOCK_BYTES)
            packed = unpacker.unconsumed_tail or unpacker.unused_data
            unpacked_bytes += len(block)
            if unpacked_bytes > FREE_BYTES and unpacked_bytes > MAX_RATIO * raw.bytes_read:
                raise SourceFormatError(
                    f"{name} unpacks to over {MAX_RATIO} times its packed size, as a gzip bomb does. "
                    "Deliver it unpacked if that is right."
                )
            if block:
                yield block
        rest = unpacker.flush()
    except zlib.error as error:
        raise SourceFormatError(f"{name} is damaged gzip. Pack and send it again.") from error
    if not unpacker.eof:
        raise SourceFormatError(f"{name} is gzip that was cut off. Send it again.")
    if rest:
        yield rest


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == _GZIP


def _state(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
