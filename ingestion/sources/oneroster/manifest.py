"""Reads the manifest of a OneRoster bundle: which files it carries, and whether each is whole or only what changed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from ingestion.csv_reader import read_csv
from ingestion.errors import SourceFormatError
from ingestion.layout import Drift

MANIFEST_FILE = "manifest.csv"
VERSIONS = ("1.1", "1.2")

Kind = Literal["bulk", "delta", "absent"]
"""bulk: every record there is. delta: the records that changed. absent: not sent, which says nothing about them."""

_KINDS = ("bulk", "delta", "absent")


@dataclass(frozen=True)
class Manifest:
    """What a bundle says of itself.

    Attributes:
        version: "1.1" or "1.2"; None when the manifest does not say.
        kinds: file name in lower case without extension -> how it is sent.
        drift: what is odd about the manifest without making the bundle unreadable.
    """

    version: str | None
    kinds: Mapping[str, Kind]
    drift: tuple[Drift, ...]


def read_manifest(content: bytes, name: str) -> Manifest:
    """Read `manifest.csv`: rows of propertyName and value, in any case and order.

    Args:
        content: the file's bytes.
        name: the file's name, for messages.

    Raises:
        SourceFormatError: it is not a manifest, names a OneRoster version that is not read, or gives a file a word
            other than bulk, delta or absent.
    """
    table = read_csv(content, name).table
    columns = {column.lower(): column for column in table.column_names}
    if not {"propertyname", "value"} <= set(columns):
        raise SourceFormatError(
            f"{name} needs the headers propertyName and value; it has {', '.join(table.column_names)}. "
            "Export the bundle again with its manifest, or leave the manifest out: the files then count as whole."
        )
    names = table.column(columns["propertyname"]).to_pylist()
    values = table.column(columns["value"]).to_pylist()
    properties = {
        str(key).strip().lower(): (value or "").strip() for key, value in zip(names, values, strict=True) if key
    }
    drift = []
    version = _version(properties.get("oneroster.version", ""), name)
    if version is None:
        drift.append(Drift("", "manifest_version", "the manifest does not give oneroster.version"))
    if properties.get("manifest.version", "1.0") != "1.0":
        drift.append(
            Drift("", "manifest_version", f"manifest.version is {properties['manifest.version']}; 1.0 was expected")
        )
    kinds: dict[str, Kind] = {}
    for key, value in properties.items():
        if not key.startswith("file."):
            continue
        word = value.lower()
        if word not in _KINDS:
            raise SourceFormatError(
                f"{name} says '{value}' for {key}; it must be bulk, delta or absent. Correct the export's manifest."
            )
        kinds[key.removeprefix("file.").removesuffix(".csv")] = cast(Kind, word)
    return Manifest(version, kinds, tuple(drift))


def _version(text: str, name: str) -> str | None:
    if not text:
        return None
    version = re.sub(r"^v", "", text.lower())
    # Real manifests say 1.1.0 where 1.1 is meant.
    known = next((known for known in VERSIONS if version == known or version.startswith(f"{known}.")), None)
    if known is None:
        raise SourceFormatError(
            f"{name} says OneRoster {text}; {' and '.join(VERSIONS)} are read. Export the bundle in one of them."
        )
    return known
