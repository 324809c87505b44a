"""All snapshots that are kept, also those that serve nothing any more, and two of them side by side."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
from pydantic import ValidationError

from api.errors import UnknownSnapshotError, quoted
from api.snapshots.pointer import SnapshotFacts
from api.snapshots.snapshot import DATABASE_FILE, FACTS_FILE, attach_read_only
from api.snapshots.store import SNAPSHOTS_FOLDER

WHERE = "path of the request"


@dataclass(frozen=True)
class Pair:
    """Two snapshots in one connection, attached read-only as `before` and `after`."""

    before: SnapshotFacts
    after: SnapshotFacts
    connection: duckdb.DuckDBPyConnection


def kept_snapshots(serving_dir: Path) -> list[SnapshotFacts]:
    """What each kept snapshot says of itself, the newest first; one that is being written or removed is left out."""
    folder = serving_dir / SNAPSHOTS_FOLDER
    names = sorted((one.name for one in folder.iterdir() if not one.name.startswith(".")), reverse=True)
    return [facts for name in names if (facts := _facts(folder / name)) is not None]


@contextmanager
def open_pair(serving_dir: Path, before: str, after: str, *, threads: int, memory: str) -> Iterator[Pair]:
    """Open two snapshots for comparison. Raises UnknownSnapshotError."""
    folder = serving_dir / SNAPSHOTS_FOLDER
    first, second = _known(serving_dir, before), _known(serving_dir, after)
    files = {
        alias: (folder / facts.snapshot_id / DATABASE_FILE).resolve()
        for alias, facts in (("before", first), ("after", second))
    }
    try:
        connection = attach_read_only(files, threads=threads, memory=memory)
    except duckdb.Error as error:
        # Pruned since its facts were read.
        gone = [facts.snapshot_id for facts in (first, second) if _facts(folder / facts.snapshot_id) is None]
        raise _unknown(serving_dir, (*gone, after)[0]) from error
    try:
        yield Pair(first, second, connection)
    finally:
        connection.close()


def _known(serving_dir: Path, snapshot_id: str) -> SnapshotFacts:
    facts = _facts(serving_dir / SNAPSHOTS_FOLDER / snapshot_id)
    if facts is None:
        raise _unknown(serving_dir, snapshot_id)
    return facts


def _unknown(serving_dir: Path, snapshot_id: str) -> UnknownSnapshotError:
    return UnknownSnapshotError(
        f"There is no snapshot {quoted(snapshot_id)}, or it is no longer kept.",
        where=WHERE,
        remedy="Use one of the ids that /v1/snapshots lists.",
        given=snapshot_id,
        alternatives=[facts.snapshot_id for facts in kept_snapshots(serving_dir)],
    )


def _facts(folder: Path) -> SnapshotFacts | None:
    try:
        return SnapshotFacts.model_validate_json((folder / FACTS_FILE).read_bytes())
    except (OSError, ValidationError):
        return None
