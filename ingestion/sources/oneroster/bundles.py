"""Finds the OneRoster bundles under a source's root, in the order in which they were sent.

A bundle is a folder or zip archive with the files of one export. The root may be a bundle itself or hold several, as
dated folders or archives.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from ingestion.delivered_files import DeliveredFile, find_files
from ingestion.errors import SourceFormatError
from ingestion.file_connection import FileConnection
from ingestion.sources.oneroster.manifest import MANIFEST_FILE, Manifest, read_manifest

_DATE_IN_NAME = re.compile(r"(?<!\d)(20\d\d)[-_.]?([01]\d)[-_.]?([0-3]\d)")
_LEFTOVERS = ("__macosx", ".")


@dataclass(frozen=True)
class Bundle:
    """One export.

    Attributes:
        name: its folder or archive under the root; empty when the root itself is the bundle.
        files: base name in lower case -> file.
        manifest: what it says of itself; None without a manifest.
    """

    name: str
    files: dict[str, DeliveredFile]
    manifest: Manifest | None

    def matching(self, patterns: Iterable[str]) -> list[DeliveredFile]:
        """Files whose base name matches a pattern, whatever its case, by name."""
        lowered = [PurePosixPath(pattern.lower()).name for pattern in patterns]
        return [
            file
            for base_name, file in sorted(self.files.items())
            if any(fnmatchcase(base_name, pattern) for pattern in lowered)
        ]


def find_bundles(root: Path | str, patterns: Iterable[str], connection: FileConnection | None = None) -> list[Bundle]:
    """Bundles under a root, earliest first.

    They are ordered by the date in their names where all have one (2026-01-31, 20260131), otherwise by name with
    numbers compared as numbers; the files' own dates are not trusted, because copying changes them.

    Args:
        root: a folder, a zip archive, or an address such as sftp://host/drop.
        patterns: names of the files that make a folder or archive a bundle, besides the manifest.
        connection: login for an address.

    Raises:
        SourceUnreachableError: the address cannot be reached or refuses the login.
        SourceFormatError: there is no such root, an archive is damaged, a manifest cannot be read, or one bundle has
            two files whose names differ in case only.
    """
    wanted = [PurePosixPath(pattern.lower()).name for pattern in (MANIFEST_FILE, *patterns)]
    grouped: dict[str, dict[str, DeliveredFile]] = defaultdict(dict)
    for found in find_files(root, ["*", "*.zip/*"], connection):
        path = PurePosixPath(found.name)
        base_name = path.name.lower()
        if any(part.lower().startswith(_LEFTOVERS) for part in path.parts):
            continue
        if not any(fnmatchcase(base_name, pattern) for pattern in wanted):
            continue
        folder = "" if str(path.parent) == "." else str(path.parent)
        if base_name in grouped[folder]:
            raise SourceFormatError(
                f"{folder or 'The root'} has both {grouped[folder][base_name].name} and {found.name}. "
                "File names are read in any case, so keep one of them."
            )
        grouped[folder][base_name] = found
    dates = {name: _date_in(name) for name in grouped}
    is_dated = all(dates.values())
    order = sorted(grouped, key=lambda name: (dates[name] if is_dated else "", _natural(name)))
    bundles = []
    for name in order:
        manifest = grouped[name].get(MANIFEST_FILE)
        bundles.append(Bundle(name, grouped[name], read_manifest(manifest.read(), manifest.name) if manifest else None))
    return bundles


def _date_in(name: str) -> str:
    dates = _DATE_IN_NAME.findall(name)
    return "-".join(dates[-1]) if dates else ""


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part.lower()) for part in re.split(r"(\d+)", name) if part]
