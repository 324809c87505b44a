"""The district file: the one YAML file that says which district this is and where its files lie.

A system that is not listed is not configured: its raw tables exist and stay empty. A listed system uses
the standard layout of its `mapping.yml`, unless the district file gives `deliveries`: then only the entities
named there are delivered, each with its own files, headers and constants. No code is written per district.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import ConfigDict, Field, ValidationError, field_validator, model_validator

from ingestion.errors import DistrictFileError
from ingestion.expectations import Expectation
from ingestion.file_connection import FileConnection
from ingestion.file_format import FileFormat
from ingestion.mapping import SOURCES_DIR, SYSTEMS, Entity, Strict, load_system

RECOGNISED_FILES = ("*.csv", "*.csv.gz", "*.tsv", "*.xlsx")
"""Files that are looked at where the layout of each is found by its headers."""


class Delivery(Strict):
    """How one family of files carries an entity, where it differs from the standard layout."""

    files: tuple[str, ...] = ()
    """Patterns of file names under the source's root; empty for a system that is asked rather than read."""
    table: str = ""
    """Table or view of a database that carries the entity; the entity's own name when empty."""
    cursor: str = ""
    """Column of that table which grows with every change, so that only changes are read; empty: all is read."""
    part: str = ""
    """Names the share of a wide file that this delivery reads, where several read the same file."""
    columns: dict[str, str] = Field(default={})
    """Our column -> the header that carries it; columns that are left out keep the standard header."""
    constants: dict[str, str] = Field(default={})
    excluded: dict[str, str] = Field(default={})
    """Headers that are knowingly left out, with the reason."""
    mode: Literal["full", "incremental"] = "full"
    """full: a file replaces what it brought before. incremental: rows update by key, later files win."""
    format: FileFormat = FileFormat()
    """How the files' text is written."""
    absent: dict[str, str] = Field(default={})
    """Required columns that these files do not carry, with the reason; they land empty."""
    required_values: tuple[str, ...] = ()
    """Columns of which a row must fill at least one to concern this part; other rows are counted and passed over."""
    empty_values: tuple[str, ...] = ()
    """Texts that mean "no value" in these files, in any case, such as NA or NULL."""
    rewrites: dict[str, dict[str, str]] = Field(default={})
    r"""Column -> regular expression -> replacement (`\1` is its first group); the first that matches counts."""


class LayoutChoice(Strict):
    """One layout of `sources/<system>/layouts/`, with what the district alone knows about its files.

    Attributes:
        layout: name of the layout, which is its file's name without ".yml".
        files: patterns of the files that are of this layout and no other; any file with its headers when empty.
        columns: our column -> the header that carries it, instead of the layout's.
        constants: our column -> what holds for every row, such as the school year of a file without dates.
    """

    layout: str
    files: tuple[str, ...] = ()
    columns: dict[str, str] = Field(default={})
    constants: dict[str, str] = Field(default={})


class ConfiguredSource(Strict):
    """A system that the district sends: where it is, and its own layouts.

    Attributes:
        root: folder or zip of its files; relative to the district file. In the district file it may also be an
            address, sftp://host/folder or s3://bucket/prefix, which then stands in `address`.
        connection: login for the address, see `FileConnection`; of a system that is asked over a network otherwise,
            its source reads and checks it.
        vendors: "auto" finds the layout of each file by its headers among all that the system knows.
        layouts: layouts to look for, by name or with the district's additions.
        expected: when its deliveries are expected; one entry for all entities, or several that name theirs.
    """

    root: Path = Path()
    address: str = ""
    connection: dict[str, Any] = Field(default={})
    deliveries: dict[str, tuple[Delivery, ...]] = Field(default={})
    vendors: Literal["auto"] | None = None
    layouts: tuple[LayoutChoice, ...] = ()
    expected: tuple[Expectation, ...] = ()

    @field_validator("expected", mode="before")
    @classmethod
    def _one_or_several(cls, expected: Any) -> Any:
        return [expected] if isinstance(expected, dict) else expected

    @field_validator("layouts", mode="before")
    @classmethod
    def _named(cls, layouts: Any) -> Any:
        if not isinstance(layouts, list | tuple):
            return layouts
        return [{"layout": choice} if isinstance(choice, str) else choice for choice in layouts]

    @property
    def recognises_files(self) -> bool:
        """Whether files are recognised by their headers, besides those that `deliveries` names."""
        return self.vendors is not None or bool(self.layouts)

    @model_validator(mode="before")
    @classmethod
    def _address_apart(cls, value: Any) -> Any:
        if isinstance(value, dict) and "://" in str(value.get("root", "")):
            return {**{key: item for key, item in value.items() if key != "root"}, "address": str(value["root"])}
        return value

    @model_validator(mode="after")
    def _address_is_reachable(self) -> "ConfiguredSource":
        if self.address:
            parts = urlsplit(self.address)
            if parts.username or parts.password:
                raise ValueError("root holds a login; name it under `connection` instead, so that no secret is written")
            if not parts.netloc:
                raise ValueError(f"root {self.address} names no host or bucket")
            FileConnection.model_validate(self.connection).check_for(parts.scheme)
        return self

    @property
    def location(self) -> Path | str:
        """Where its files are: a folder or zip on this machine, or an address."""
        return self.address or self.root

    @property
    def file_connection(self) -> FileConnection | None:
        """Login for the address; None for files on this machine."""
        return FileConnection.model_validate(self.connection) if self.address else None


class DistrictIdentity(Strict):
    """Who the district is."""

    id: str
    name: str
    timezone: str = "America/Chicago"


class District(Strict):
    """A parsed district file with absolute source folders."""

    # A secret that someone wrote into the file by mistake must not come back in an error.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    district: DistrictIdentity
    sources: dict[str, ConfiguredSource]

    def deliveries_of(self, system: str, entity_name: str) -> tuple[Delivery, ...]:
        """Layouts of one entity: the district's own, or the standard one; none when it is not configured.

        Where files are recognised by their headers, the last one only says which files are looked at: the
        system's source replaces it by one per file when it reads.
        """
        source = self.sources.get(system)
        if source is None:
            return ()
        own = source.deliveries.get(entity_name)
        if source.recognises_files:
            patterns = {pattern for choice in source.layouts for pattern in choice.files}
            everything = source.vendors is not None or any(not choice.files for choice in source.layouts)
            return (*(own or ()), Delivery(files=RECOGNISED_FILES if everything else tuple(sorted(patterns))))
        if own is not None:
            return own
        if source.deliveries:
            return ()
        entity = load_system(system).entities[entity_name]
        return (
            Delivery(
                files=entity.files,
                mode="full",
                constants=entity.constants,
                excluded=entity.excluded,
                format=entity.format,
            ),
        )


def read_district(path: Path, deliveries_dir: Path | None = None) -> District:
    """Read and check a district file.

    Args:
        path: the YAML file.
        deliveries_dir: base of relative `root` folders; the file's own folder when None.

    Raises:
        DistrictFileError: the file is missing or wrong; the message says where and what to do.
    """
    if not path.is_file():
        raise DistrictFileError(
            f"No district file at {path}. Run `stocktake sample` for a generated district, "
            "or set STOCKTAKE_DISTRICT_FILE to your own."
        )
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
        _include_layouts(path, written)
        parsed = District.model_validate(written)
    except (yaml.YAMLError, ValidationError) as error:
        raise DistrictFileError(
            f"{path} is not a valid district file: {error}. See docs/guides/connect-your-district.md."
        ) from error
    for system, source in parsed.sources.items():
        if system not in SYSTEMS:
            raise DistrictFileError(f"{path}: unknown source system '{system}'. Known: {', '.join(SYSTEMS)}.")
        _check_layouts(path, system, source)
        entities = load_system(system).entities
        for name, deliveries in source.deliveries.items():
            if name not in entities:
                raise DistrictFileError(f"{path}: {system} has no entity '{name}'. Known: {', '.join(entities)}.")
            for delivery in deliveries:
                _check_columns(path, system, name, entities[name], delivery)
        unknown = sorted({name for one in source.expected for name in one.entities} - set(entities))
        if unknown:
            raise DistrictFileError(
                f"{path}: {system} expects {', '.join(unknown)}, which it does not have. Known: {', '.join(entities)}."
            )
    base = deliveries_dir or path.parent
    return parsed.model_copy(
        update={
            "sources": {
                system: source.model_copy(update={"root": (base / source.root).resolve()})
                for system, source in parsed.sources.items()
            }
        }
    )


def _check_layouts(path: Path, system: str, source: ConfiguredSource) -> None:
    known = {file.stem for file in (SOURCES_DIR / system / "layouts").glob("*.yml")}
    if source.recognises_files and not known:
        raise DistrictFileError(f"{path}: {system} knows no layouts by name. Give `deliveries` instead.")
    unknown = sorted({choice.layout for choice in source.layouts} - known)
    if unknown:
        raise DistrictFileError(
            f"{path}: {system} has no layout {', '.join(unknown)}. Known: {', '.join(sorted(known))}."
        )


def _include_layouts(path: Path, written: Any) -> None:
    """Put the content of each `layout:` file in its place; what stands beside `layout:` goes first.

    Raises:
        DistrictFileError: the file is missing or not a mapping.
    """
    for delivery in _deliveries(written):
        named = delivery.pop("layout", None)
        if named is None:
            continue
        layout = path.parent / str(named)
        if not layout.is_file():
            raise DistrictFileError(f"{path}: there is no layout at {layout}. Correct `layout`, relative to this file.")
        content = yaml.safe_load(layout.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise DistrictFileError(f"{layout}: a layout has keys such as `columns:` and `format:`.")
        for key, value in content.items():
            own = delivery.get(key)
            delivery[key] = {**value, **own} if isinstance(value, dict) and isinstance(own, dict) else own or value


def _deliveries(written: Any) -> Iterator[dict[str, Any]]:
    """Every delivery of a district file that is not checked yet."""
    sources = written.get("sources") if isinstance(written, dict) else None
    for source in sources.values() if isinstance(sources, dict) else ():
        deliveries = source.get("deliveries") if isinstance(source, dict) else None
        for family in deliveries.values() if isinstance(deliveries, dict) else ():
            yield from (
                (delivery for delivery in family if isinstance(delivery, dict)) if isinstance(family, list) else ()
            )


def _check_columns(path: Path, system: str, name: str, entity: Entity, delivery: Delivery) -> None:
    named = {*delivery.columns, *delivery.constants, *delivery.absent, *delivery.required_values, *delivery.rewrites}
    unknown = sorted(named - set(entity.columns))
    if unknown:
        raise DistrictFileError(
            f"{path}: {system}.{name} has no column {', '.join(unknown)}. Known: {', '.join(entity.columns)}."
        )
    for column, value in delivery.constants.items():
        allowed = entity.columns[column].allowed
        if allowed and value not in allowed:
            raise DistrictFileError(
                f"{path}: {system}.{name}.{column} is '{value}'; it must be one of {', '.join(allowed)}."
            )
