"""What a source system sends: its entities, their columns and how the standard delivery names them.

Each system's `sources/<system>/mapping.yml` is the one definition; raw tables, header checks and the
type checks that notice a retyped column all come from it.
"""

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from ingestion.file_format import FileFormat

SOURCES_DIR = Path(__file__).parent / "sources"
SYSTEMS = tuple(sorted(path.parent.name for path in SOURCES_DIR.glob("*/mapping.yml")))
"""Every folder under `sources/` with a mapping is a source system; nothing else lists them."""

ColumnType = Literal["text", "date", "timestamp", "integer", "decimal", "boolean", "school_year"]


class Strict(BaseModel):
    """A model that refuses unknown keys, so that a misspelt setting is an error and not a silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(Strict):
    """One raw column: the headers that may carry it and what its text must parse as."""

    headers: tuple[str, ...] = Field(default=(), alias="from")
    type: ColumnType = "text"
    required: bool = False
    allowed: tuple[str, ...] = ()
    standards: tuple[int, ...] = ()
    """Of an API: major versions of its standard that have the column; all when empty."""


class Entity(Strict):
    """One raw table: its columns, its key and the standard layout of the files that carry it."""

    description: str
    files: tuple[str, ...] = ()
    """Patterns of the standard delivery's file names; empty for a system that is asked rather than read."""
    columns: dict[str, Column]
    primary_key: tuple[str, ...]
    constants: dict[str, str] = {}
    excluded: dict[str, str] = {}
    format: FileFormat = FileFormat()
    """How the text of the standard delivery is written."""
    yearly: bool = False
    """The delivery has one file per school year, named after it."""
    optional: bool = False
    """A configured source need not deliver it."""
    every_metric: bool = False
    """Every metric depends on it, whatever it counts. Other tables are named by the metrics that depend on them."""
    resource: str = ""
    """Of an API: the name under which the entity is asked for."""
    standards: tuple[int, ...] = ()
    """Of an API: major versions of its standard that have the entity; all when empty."""
    event_date: str = ""
    """Column with the date of what the row reports, by which the source's freshness is told."""


class SchoolsOfSystem(Strict):
    """How a system's tables name a school, where that is not the school's number itself."""

    entity: str
    key: str
    """Column of `entity` that the other tables name."""
    number: str
    """Column of `entity` with the school's number."""


class System(Strict):
    """One source system, as its `mapping.yml` defines it."""

    system: str
    title: str
    kind: Literal["files", "api", "database"] = "files"
    owner: str = "sis"
    """Team that answers for the data."""
    school_column: str = "school_id"
    """Column by which the tables of the system name a school; not every table has it."""
    schools: SchoolsOfSystem | None = None
    """Where that column is an id of the system's own."""
    entities: dict[str, Entity]


@cache
def load_system(name: str) -> System:
    """Read one system's mapping.

    Args:
        name: folder under `sources/`, e.g. "oneroster".
    """
    return System.model_validate(yaml.load((SOURCES_DIR / name / "mapping.yml").read_text(), Loader=yaml.CSafeLoader))


def table_name(system: str, entity: str) -> str:
    """Name of the raw table of an entity, e.g. "oneroster__users"."""
    return f"{system}__{entity}"


def raw_tables() -> dict[str, tuple[str, ...]]:
    """Content columns of every raw table, by table name, in mapping order."""
    return {
        table_name(system, name): tuple(entity.columns)
        for system in SYSTEMS
        for name, entity in load_system(system).entities.items()
    }
