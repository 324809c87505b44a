"""One published snapshot, opened for reading and locked down."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import duckdb
from pydantic import ValidationError

from api.semantic.compile import CompileError, Compiler, compiler_for
from api.semantic.manifest import MEMBERS_MART, Catalogue, CatalogueError, Member
from api.semantic.saved_queries import SavedQuery, read_saved_queries
from api.snapshots.pointer import SnapshotFacts

# The compiled SQL names its tables in three parts, with the catalog that they were built in.
CATALOG = "district"
DATABASE_FILE = "district.duckdb"
MANIFEST_FILE = "semantic_manifest.json"
FACTS_FILE = "snapshot.json"


class SnapshotError(RuntimeError):
    """A snapshot or report cannot be opened: a file is missing, damaged or not as agreed."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """An open snapshot: what it says of itself, its definitions, and a connection to its tables.

    It has a connection of its own, in which its file is attached under the name that the SQL uses; so
    snapshots of different days can be open side by side.
    """

    id: str
    facts: SnapshotFacts
    catalogue: Catalogue
    saved_queries: dict[str, SavedQuery]
    compiler: Compiler
    _connection: duckdb.DuckDBPyConnection

    @classmethod
    def open(cls, folder: Path, *, threads: int, memory: str) -> Self:
        """Open the snapshot in `folder`. Raises SnapshotError with what is wrong with it."""
        try:
            real = folder.resolve(strict=True)
            facts = SnapshotFacts.model_validate_json((real / FACTS_FILE).read_bytes())
            if facts.snapshot_id != folder.name:
                raise SnapshotError(f"snapshot {folder.name} says that it is {facts.snapshot_id}")
            for name in (MANIFEST_FILE, DATABASE_FILE):
                check_digest(real / name, facts.files.get(name))
            manifest = (real / MANIFEST_FILE).read_text(encoding="utf-8")
            catalogue = Catalogue.parse(manifest)
            saved_queries = read_saved_queries(manifest, catalogue)
            connection = attach_read_only({CATALOG: real / DATABASE_FILE}, threads=threads, memory=memory)
            try:
                catalogue = catalogue.with_members("school", _schools(connection, catalogue))
                for dimension, members in _members_in_data(connection, catalogue).items():
                    catalogue = catalogue.with_members(dimension, members)
                return cls(facts.snapshot_id, facts, catalogue, saved_queries, compiler_for(manifest), connection)
            except BaseException:
                connection.close()
                raise
        except (OSError, ValidationError, CatalogueError, CompileError, duckdb.Error) as error:
            raise SnapshotError(f"snapshot {folder.name}: {_plain(error)}") from error

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows of `sql`, by column."""
        return fetch_rows(self._connection, sql, parameters)

    def close(self) -> None:
        """Detach the file. No request may be using the snapshot any more."""
        self._connection.close()


def attach_read_only(files: Mapping[str, Path], *, threads: int, memory: str) -> duckdb.DuckDBPyConnection:
    """A connection in which databases are attached under their names, and which can reach nothing else."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": threads,
            "memory_limit": memory,
            "temp_directory": "",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    try:
        for name, file in files.items():
            quoted = str(file).replace("'", "''")
            connection.execute(f"ATTACH '{quoted}' AS {name} (READ_ONLY)")
        # From here on no statement can read another file, write one, or undo this.
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
    except BaseException:
        connection.close()
        raise
    return connection


def fetch_rows(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Run `sql` on a cursor of its own, so that requests do not share results."""
    with connection.cursor() as cursor:
        cursor.execute(sql, dict(parameters))
        columns = [column[0] for column in cursor.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def _schools(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> tuple[Member, ...]:
    """The schools that have figures, in the order of their numbers (9 before 10), with their names."""
    relations = [catalogue.relations[model] for model, lenses in catalogue.dimensions_of.items() if "school" in lenses]
    figures = " union ".join(f"select school from {relation} where scope = 'school'" for relation in relations)
    found = connection.execute(
        f"""
        select figures.school, coalesce(min(schools.school_name), figures.school)
        from ({figures}) as figures
        left join {CATALOG}.marts.dim_school as schools on schools.school_number = figures.school
        group by figures.school
        """
    ).fetchall()
    members = (Member(value=str(value), label=str(label)) for value, label in found)
    return tuple(sorted(members, key=lambda member: _natural(member.value)))


def _members_in_data(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> dict[str, tuple[Member, ...]]:
    """The members of lenses that leave it to the data to list them, in the order in which to show them."""
    lenses = [name for name, dimension in catalogue.dimensions.items() if dimension.members_from == MEMBERS_MART]
    if not lenses:
        return {}
    found = connection.execute(
        f"select lens, member, label from {CATALOG}.marts.{MEMBERS_MART} where is_found order by place"
    ).fetchall()
    return {
        lens: tuple(Member(value=str(value), label=str(label)) for of, value, label in found if of == lens)
        for lens in lenses
    }


def _natural(text: str) -> tuple[tuple[int, int, str], ...]:
    parts = re.split(r"(\d+)", text)
    return tuple((0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts if part)


def check_digest(file: Path, expected: str | None) -> None:
    """Raise SnapshotError if `file` is not the one that was published; without a digest it is not read."""
    if expected is None:
        return
    with file.open("rb") as opened:
        actual = hashlib.file_digest(opened, "sha256").hexdigest()
    if actual != expected:
        raise SnapshotError(f"{file.parent.name}/{file.name} is not the file that was published: its SHA-256 differs")


def _plain(error: Exception) -> str:
    """The error without the folder of this machine in it."""
    if isinstance(error, OSError):
        return f"{Path(error.filename or '').name or 'a file'}: {error.strerror or type(error).__name__}"
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{error.title}, field '{'.'.join(map(str, first['loc']))}': {first['msg']}"
    if isinstance(error, duckdb.Error):
        return f"{DATABASE_FILE} cannot be read ({type(error).__name__})"
    return str(error)
