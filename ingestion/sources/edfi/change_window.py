"""Which change versions of a resource are read, and what is remembered about it from one load to the next."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import TypedDict

from ingestion.mapping import Entity
from ingestion.sources.edfi.connection import EdfiConnection
from ingestion.sources.edfi.discovery import ChangeVersions


class Remembered(TypedDict):
    """What dlt's state keeps of a resource; it is committed with the load that brought the rows."""

    change_version: int
    definition: str
    read_fully_on: str


@dataclass(frozen=True)
class Window:
    """What one reading of a resource covers.

    Attributes:
        oldest: first change version, inclusive; None in a full reading.
        newest: last change version, inclusive, the same for all resources; None without change queries.
        log_from: first change version for deletes and key changes; None when there is nothing to compare with.
    """

    oldest: int | None
    newest: int | None
    log_from: int | None

    @property
    def is_full(self) -> bool:
        """Everything is read, and what is not there any more disappears."""
        return self.oldest is None

    @property
    def label(self) -> str:
        """`<min>-<max>`, as it stands in `_source_file`."""
        return "all" if self.newest is None else f"{self.oldest or 0}-{self.newest}"


def definition_of(entity: Entity, standard: int, base_url: str) -> str:
    """Digest of what a resource's rows depend on besides the data; another one calls for a full reading."""
    text = json.dumps([entity.model_dump(mode="json", include={"columns", "resource"}), standard, base_url])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def plan(
    remembered: Remembered | None,
    definition: str,
    available: ChangeVersions | None,
    connection: EdfiConnection,
    today: date,
) -> Window:
    """Decide what to read of a resource.

    A full reading is due when nothing is remembered, when the mapping or the server has changed, when the server
    has forgotten changes that we have not seen or was set back, and every few days for rows newly authorised.
    """
    if available is None:
        return Window(None, None, None)
    if remembered is None or remembered["definition"] != definition:
        return Window(None, available.newest, None)
    saved = remembered["change_version"]
    since = max(0, saved + 1 - connection.overlap)
    is_old = (today - date.fromisoformat(remembered["read_fully_on"])).days >= connection.full_refresh_days
    if saved < available.oldest or saved > available.newest or is_old:
        return Window(None, available.newest, since)
    return Window(since, available.newest, since)
