"""Looks a delivered text file over once before it is parsed: what it is, how it is encoded, and its digest.

One pass in blocks, so memory does not grow with the file, and nothing has landed when the file is refused.
"""

import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from ingestion.errors import SourceFormatError

BLOCK_BYTES = 1 << 20
HEAD_BYTES = 1 << 20

MAX_LINE_BYTES = 1 << 22
"""Longest line or quoted value that is read. Real records are a thousandth of it; a longer one is a broken file."""

_CP1252_UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WEB_PAGE = re.compile(rb"\s*<(!doctype|html|head|body|\?xml|script)", re.IGNORECASE)
_JSON = re.compile(rb"\s*(\{\s*\"|\[\s*[\{\[])")
_UNLIKE_TEXT = ((b"PK\x03\x04", "a zip archive or Excel workbook"), (b"\xd0\xcf\x11\xe0", "an Excel workbook"))


class Sink(Protocol):
    """Where blocks are copied to."""

    def write(self, block: bytes, /) -> object: ...


@dataclass(frozen=True)
class TextSurvey:
    """What a text file is.

    Attributes:
        head: its first bytes, at most HEAD_BYTES.
        encoding: Python's name of it; "cp1252" may be a guess, see `is_fallback`.
        is_fallback: the file is not valid UTF-8, so Windows-1252 was assumed.
    """

    head: bytes
    encoding: str
    is_fallback: bool = False


class HashingReader:
    """A binary stream that counts and digests what is read from it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self.bytes_read = 0

    def read(self, size: int = -1) -> bytes:
        """As of any stream."""
        block = self._stream.read(size)
        self._digest.update(block)
        self.bytes_read += len(block)
        return block

    def readable(self) -> bool:
        """Always true."""
        return True

    @property
    def sha256(self) -> str:
        """Hex digest of what was read so far."""
        return self._digest.hexdigest()


def survey_text(blocks: Iterator[bytes], name: str, encoding: str = "auto", copy: Sink | None = None) -> TextSurvey:
    """Read a text file to its end and tell how to parse it.

    Args:
        blocks: its bytes in order, in pieces of at most a few MiB.
        name: the file's name, for messages.
        encoding: as the layout declares it, or "auto".
        copy: receives every block, for a file that cannot be read twice.

    Raises:
        SourceFormatError: it is not text, is a web page or JSON, has a line that is too long, or is not in its
            encoding.
    """
    head = b""
    wanted = encoding
    decoder: codecs.IncrementalDecoder | None = None
    invalid_line: int | None = None
    undefined_line: int | None = None
    line = _Lines(name)
    for block in blocks:
        if decoder is None:
            _refuse_other_kinds(block, name)
            wanted = _marked_encoding(block) or "utf-8" if encoding == "auto" else encoding
            _refuse_binary(block, wanted, name)
            decoder = codecs.getincrementaldecoder(wanted)("strict")
        if len(head) < HEAD_BYTES:
            head += block[: HEAD_BYTES - len(head)]
        # Plain ASCII is valid in whichever of the guessed encodings, and telling it is many times faster.
        if not (encoding == "auto" and block.isascii() and not decoder.getstate()[0]):
            if invalid_line is None:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError as error:
                    invalid_line = line.number + error.object[: error.start].count(b"\n")
            if undefined_line is None and (undefined := _CP1252_UNDEFINED.search(block)):
                undefined_line = line.number + block[: undefined.start()].count(b"\n")
        line.take(block)
        if copy is not None:
            copy.write(block)
    if decoder is not None and invalid_line is None:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            invalid_line = line.number
    if invalid_line is None:
        return TextSurvey(head, wanted)
    if encoding != "auto" or wanted != "utf-8":
        raise SourceFormatError(
            f"{name}, line {invalid_line}: the text is not {wanted}. "
            "Correct `encoding` in the layout, or export the file again as UTF-8."
        )
    if undefined_line is not None:
        raise SourceFormatError(
            f"{name}, line {undefined_line}: the text is neither UTF-8 (line {invalid_line} is the first that is not) "
            "nor Windows-1252. Export the file again as UTF-8, or name its `encoding` in the layout."
        )
    return TextSurvey(head, "cp1252", is_fallback=True)


class _Lines:
    """Counts lines and refuses one that is too long, without holding it."""

    def __init__(self, name: str) -> None:
        self.number = 1
        self._name = name
        self._length = 0

    def take(self, block: bytes) -> None:
        last_break = max(block.rfind(b"\n"), block.rfind(b"\r"))
        if last_break < 0:
            self._length += len(block)
        else:
            self._length = len(block) - last_break - 1
        self.number += block.count(b"\n")
        if self._length > MAX_LINE_BYTES:
            raise SourceFormatError(
                f"{self._name}, line {self.number}: the line is longer than {MAX_LINE_BYTES >> 20} MiB, "
                "so its line breaks are lost or the file is damaged. Export it again."
            )


def _marked_encoding(block: bytes) -> str | None:
    return next((name for mark, name in _MARKS if block.startswith(mark)), None)


def _refuse_other_kinds(block: bytes, name: str) -> None:
    for magic, kind in _UNLIKE_TEXT:
        if block.startswith(magic):
            raise SourceFormatError(
                f"{name} is {kind}, not a text file. Name it .xlsx, .xls or .zip accordingly, or export it as CSV."
            )
    start = block[:1024].removeprefix(codecs.BOM_UTF8)
    if _WEB_PAGE.match(start):
        raise SourceFormatError(
            f"{name} is a web page or XML, not delimited text: often a sign-in or error page that was saved "
            "in place of the export. Download the export again."
        )
    if _JSON.match(start):
        raise SourceFormatError(f"{name} is JSON, not delimited text. Export it as CSV with a header line.")


def _refuse_binary(block: bytes, encoding: str, name: str) -> None:
    if b"\x00" in block[:4096] and not encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32", "utf16")):
        raise SourceFormatError(
            f"{name} is not a text file. Export it as comma-separated UTF-8; "
            "if it is UTF-16 without a mark, set `encoding: utf-16-le` in the layout."
        )
