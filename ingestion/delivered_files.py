"""Finds delivered files under a source's folder or zip archive and reads their bytes."""

import hashlib
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from ingestion.errors import SourceFormatError

_SCHOOL_YEAR_IN_NAME = re.compile(r"(?<!\d)(20\d\d)(?!\d)")


@dataclass(frozen=True)
class DeliveredFile:
    """One file of a delivery.

    Attributes:
        name: path relative to the source's root, with forward slashes.
        delivered_on: the file's modification date (UTC).
    """

    root: Path
    name: str
    delivered_on: date

    def read(self) -> bytes:
        """The whole content; delivered CSV files are read in one piece because Arrow parses them in bulk."""
        if self.root.is_dir():
            return (self.root / self.name).read_bytes()
        with zipfile.ZipFile(self.root) as archive:
            return archive.read(self.name)

    @property
    def school_year(self) -> int | None:
        """School year in the file name (attendance_2026.csv -> 2026), if there is one."""
        found = _SCHOOL_YEAR_IN_NAME.findall(Path(self.name).name)
        return int(found[-1]) if found else None


def sha256(content: bytes) -> str:
    """Hex digest by which an unchanged delivery is recognised."""
    return hashlib.sha256(content).hexdigest()


def find_files(root: Path, patterns: Iterable[str]) -> list[DeliveredFile]:
    """Files of a source that match any pattern, sorted by name so that later batches come later.

    Matching ignores case: real OneRoster bundles differ in it.

    Raises:
        SourceFormatError: the folder does not exist or the archive is not a zip file.
    """
    lowered = [pattern.lower() for pattern in patterns]
    return [file for file in _all_files(root) if any(fnmatchcase(file.name.lower(), pattern) for pattern in lowered)]


def _all_files(root: Path) -> list[DeliveredFile]:
    if root.is_dir():
        return [
            DeliveredFile(
                root,
                path.relative_to(root).as_posix(),
                datetime.fromtimestamp(path.stat().st_mtime, UTC).date(),
            )
            for path in sorted(root.rglob("*"))
            if path.is_file()
        ]
    if root.is_file() and zipfile.is_zipfile(root):
        with zipfile.ZipFile(root) as archive:
            return sorted(
                (
                    DeliveredFile(root, info.filename, date(*info.date_time[:3]))
                    for info in archive.infolist()
                    if not info.is_dir()
                ),
                key=lambda file: file.name,
            )
    raise SourceFormatError(
        f"No folder or zip archive at {root}. Check `root` in the district file and that the delivery has arrived."
    )
