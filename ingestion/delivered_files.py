"""Finds delivered files in a folder, a zip archive, an SFTP drop or an S3 store, and opens them as streams."""

import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from ingestion.errors import SourceFormatError
from ingestion.file_connection import FileConnection
from ingestion.remote_files import RemoteFolder
from ingestion.zip_archive import is_zip, member_date, opened_member, opened_zip

_SCHOOL_YEAR_IN_NAME = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_NOT_DELIVERED = ("__MACOSX/", ".DS_Store", "Thumbs.db")
_ARCHIVE_IN_NAME = re.compile(r"\.zip/", re.IGNORECASE)


class Place(Protocol):
    """Somewhere that files are delivered to."""

    def list_files(self) -> Iterator[tuple[str, date]]:
        """Names relative to the place, with forward slashes, and the days of last change (UTC)."""
        ...

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """A file's content as a stream."""
        ...


@dataclass(frozen=True)
class LocalFolder:
    """A folder on this machine."""

    root: Path

    def list_files(self) -> Iterator[tuple[str, date]]:
        """As of any place."""
        for path in sorted(self.root.rglob("*")):
            if path.is_file():
                changed = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
                yield path.relative_to(self.root).as_posix(), changed

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """As of any place."""
        try:
            with (self.root / name).open("rb") as file:
                yield file
        except (FileNotFoundError, PermissionError) as error:
            raise SourceFormatError(
                f"{name} cannot be read ({error.strerror}). Let this user read it, and keep it until the run ends."
            ) from error


@dataclass(frozen=True)
class ZipPlace:
    """A zip archive that lies in another place."""

    outer: Place
    archive: str

    def list_files(self) -> Iterator[tuple[str, date]]:
        """As of any place."""
        with self.outer.open(self.archive) as file, opened_zip(file, self.archive) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
        yield from sorted((member.filename, member_date(member)) for member in members)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """As of any place."""
        label = f"{self.archive}/{name}"
        with (
            self.outer.open(self.archive) as file,
            opened_zip(file, self.archive) as archive,
            opened_member(archive, name, label) as member,
        ):
            yield member


@dataclass(frozen=True)
class DeliveredFile:
    """One file of a delivery.

    Attributes:
        name: path relative to the source's root, with forward slashes; of a member of an archive below the root,
            the archive's name stands before it.
        delivered_on: the file's modification date (UTC).
        place: where it lies.
        name_there: its name within that place.
    """

    name: str
    delivered_on: date
    place: Place
    name_there: str

    def open(self) -> AbstractContextManager[BinaryIO]:
        """The content as a stream of bytes.

        Raises:
            IngestionError: it cannot be opened or breaks off; raised while it is read, too.
        """
        return self.place.open(self.name_there)

    def read(self, limit: int = 64 << 20) -> bytes:
        """The whole content of a small file, such as one that people write by hand.

        Raises:
            SourceFormatError: the file is larger than `limit` bytes.
        """
        with self.open() as stream:
            content = stream.read(limit + 1)
        if len(content) > limit:
            raise SourceFormatError(f"{self.name} is larger than {limit >> 20} MiB. Deliver it as CSV.")
        return content

    @property
    def local_path(self) -> Path | None:
        """Where the file itself lies on this machine; None when it must be copied to be read twice."""
        return self.place.root / self.name_there if isinstance(self.place, LocalFolder) else None

    @property
    def school_year(self) -> int | None:
        """School year in the file name (attendance_2026.csv -> 2026), if there is one."""
        found = _SCHOOL_YEAR_IN_NAME.findall(PurePosixPath(self.name).name)
        return int(found[-1]) if found else None


def find_files(
    root: Path | str, patterns: Iterable[str], connection: FileConnection | None = None
) -> list[DeliveredFile]:
    """Files of a source that match any pattern, sorted by name so that later batches come later.

    Matching ignores case: real OneRoster bundles differ in it. A pattern such as "batch*.zip/results.csv" looks
    into the archives of a folder.

    Args:
        root: a folder, a zip archive, or an address such as sftp://host/drop or s3://bucket/prefix.
        connection: login for an address.

    Raises:
        SourceFormatError: the folder does not exist or an archive is not a sound zip file.
        SourceUnreachableError: the address cannot be reached or refuses the login.
    """
    lowered = [pattern.lower() for pattern in patterns]
    archives = [_ARCHIVE_IN_NAME.split(pattern)[0] + ".zip" for pattern in lowered if _ARCHIVE_IN_NAME.search(pattern)]
    place = _place(root, connection)
    found: list[DeliveredFile] = []
    for name, delivered_on in place.list_files():
        if any(fnmatchcase(name.lower(), pattern) for pattern in lowered):
            found.append(DeliveredFile(name, delivered_on, place, name))
        if any(fnmatchcase(name.lower(), pattern) for pattern in archives):
            inner = ZipPlace(place, name)
            found += [
                DeliveredFile(f"{name}/{member}", changed, inner, member)
                for member, changed in inner.list_files()
                if any(fnmatchcase(f"{name}/{member}".lower(), pattern) for pattern in lowered)
            ]
    return sorted(
        (file for file in found if not any(junk in file.name for junk in _NOT_DELIVERED)),
        key=lambda file: file.name,
    )


def _place(root: Path | str, connection: FileConnection | None) -> Place:
    if isinstance(root, str):
        folder, _, last = root.rstrip("/").rpartition("/")
        if last.lower().endswith(".zip"):
            return ZipPlace(RemoteFolder(folder, connection or FileConnection()), last)
        return RemoteFolder(root, connection or FileConnection())
    if root.is_dir():
        return LocalFolder(root)
    if root.is_file() and (root.suffix.lower() == ".zip" or is_zip(root)):
        return ZipPlace(LocalFolder(root.parent), root.name)
    raise SourceFormatError(
        f"No folder or zip archive at {root}. Check `root` in the district file and that the delivery has arrived."
    )
