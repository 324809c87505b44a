"""Reads resources of an Ed-Fi API: key changes, then rows, then deletes, all within one window of change versions.

Pages are written to disk as they come, turned into Parquet some at a time and forgotten, so that memory does not
grow with the resource. What one dlt resource has read is there for the logs too, whichever is asked first.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.api_connection import read_connection
from ingestion.district import District
from ingestion.json_api import JsonAnswer, JsonApi
from ingestion.landing_log import FileRecord
from ingestion.mapping import Entity, load_system
from ingestion.sources.edfi.change_window import Remembered, Window, definition_of, plan
from ingestion.sources.edfi.connection import SYSTEM, EdfiConnection, edfi_api
from ingestion.sources.edfi.discovery import Api, ChangeVersions, available_change_versions, discover
from ingestion.sources.edfi.page_table import RowOrigin, read_pages
from ingestion.sources.edfi.paging import PageWalk

KEY_CHANGES, DELETES, COUNTS = "key_changes", "deletes", "resource_counts"
PAGES_PER_CHUNK = 20

_ID_SCOPE = "dashless_id"
_LOG_SCOPE = "dashless_id || '@' || change_version"


@dataclass(frozen=True)
class Chunks:
    """Rows of one request family on disk.

    Attributes:
        files: Parquet, in the order in which they were read.
        record: what the landing log says of them, once they are handed over; None when nothing was asked.
    """

    files: tuple[Path, ...] = ()
    record: FileRecord | None = None

    @property
    def rows(self) -> int:
        """How many were read."""
        return self.record.file_rows if self.record else 0

    def tables(self) -> Iterator[pa.Table]:
        """The rows, a file at a time."""
        for file in self.files:
            yield pq.read_table(file)


@dataclass(frozen=True)
class Reading:
    """What was read of one resource.

    Attributes:
        totals: rows on the server: before, after, and after within the window.
        remember: what to keep once the rows have landed; None without change queries.
    """

    window: Window
    rows: Chunks
    key_changes: Chunks
    deletes: Chunks
    totals: tuple[int, int, int]
    remember: Remembered | None

    def adds_up(self, rows: int) -> bool:
        """Tell whether a number of rows agrees with the server's totals, which may move while it is read."""
        before, after, within = self.totals
        return within <= rows <= max(before, after)

    def deleted_ids(self) -> Iterator[pa.ChunkedArray]:
        """Dashless ids of the rows that the server deleted in the window."""
        for table in self.deletes.tables():
            yield pc.utf8_lower(pc.replace_substring(table.column("id"), "-", ""))


@dataclass
class EdfiSync:
    """One run against one API; asks nothing before the first reading."""

    read_district: Callable[[], District]
    rows_to_be: Callable[[str, "Reading"], int] | None = None
    """Rows that the raw table of an entity will have with a reading; without it the totals are not compared."""
    _readings: dict[str, Reading] = field(default_factory=dict)

    @cached_property
    def entities(self) -> dict[str, Entity]:
        """The resources to read: those of the server's data standard that the district file wants.

        One that a district may lack is left out where the server does not serve it.
        """
        return {
            name: entity
            for name, entity in load_system(SYSTEM).entities.items()
            if entity.resource
            and (not entity.standards or self._api.standard in entity.standards)
            and self._district.deliveries_of(SYSTEM, name)
            and (not entity.optional or self._api.has(entity.resource))
        }

    @cached_property
    def retired(self) -> dict[str, Entity]:
        """Resources that the server's data standard does not have, and an earlier or later one had."""
        return {
            name: entity
            for name, entity in load_system(SYSTEM).entities.items()
            if entity.resource and entity.standards and self._api.standard not in entity.standards
        }

    @property
    def is_configured(self) -> bool:
        """False when the district has no Ed-Fi API."""
        return SYSTEM in self._district.sources

    @property
    def loaded_at(self) -> datetime:
        """One moment for everything that this run lands, UTC."""
        return self._started_at

    def reading(self, name: str, remembered: Remembered | None) -> Reading:
        """Read a resource, once per run; anew and in full when the changes do not add up to the server's total.

        They do not when the server has hidden a deletion, or lets the client see more or less than before.

        Raises:
            ApiError: the server did not give all of it.
        """
        if name not in self._readings:
            entity = self.entities[name]
            definition = definition_of(entity, self._api.standard, self._connection.base_url)
            window = plan(remembered, definition, self._available, self._connection, self._started_at.date())
            reading = self._read(name, window, definition, remembered)
            if (
                self.rows_to_be is not None
                and not window.is_full
                and not reading.adds_up(self.rows_to_be(name, reading))
            ):
                reading = self._read(name, replace(window, oldest=None), definition, remembered)
            self._readings[name] = reading
        return self._readings[name]

    def _read(self, name: str, window: Window, definition: str, remembered: Remembered | None) -> Reading:
        entity = self.entities[name]
        walk = self._walk(entity.resource)
        before = walk.total()
        key_changes = self._read_log(KEY_CHANGES, f"{entity.resource}/keyChanges", entity.resource, window)
        if window.oldest is None or window.newest is None:
            pages = walk.everything(window.newest)
        else:
            pages = walk.changed(minChangeVersion=window.oldest, maxChangeVersion=window.newest)
        rows = self._spool(name, entity, pages, entity.resource, entity.resource, _ID_SCOPE, window.label)
        deletes = self._read_log(DELETES, f"{entity.resource}/deletes", entity.resource, window)
        within = walk.total() if window.newest is None else walk.total(maxChangeVersion=window.newest)
        read_fully_on = self._started_at.date().isoformat()
        if not window.is_full and remembered is not None:
            read_fully_on = remembered["read_fully_on"]
        return Reading(
            window=window,
            rows=rows,
            key_changes=key_changes,
            deletes=deletes,
            totals=(before, walk.total(), within),
            remember=None
            if window.newest is None
            else Remembered(change_version=window.newest, definition=definition, read_fully_on=read_fully_on),
        )

    def _read_log(self, log_name: str, path: str, resource: str, window: Window) -> Chunks:
        if window.log_from is None or window.newest is None:
            return Chunks()
        pages = self._walk(path).changed(minChangeVersion=window.log_from, maxChangeVersion=window.newest)
        entity = load_system(SYSTEM).entities[log_name]
        label = f"{window.log_from}-{window.newest}"
        return self._spool(log_name, entity, pages, resource, path, _LOG_SCOPE, label)

    def _spool(
        self, name: str, entity: Entity, pages: Iterator[JsonAnswer], resource: str, path: str, scope: str, label: str
    ) -> Chunks:
        """Write pages as Parquet, some at a time."""
        origin = RowOrigin(resource, f"{path}@{label}", scope, self._started_at.date(), self._started_at)
        folder = Path(tempfile.mkdtemp(dir=self._folder.name))
        chunks: list[Path] = []
        digest = hashlib.sha256()
        waiting: list[Path] = []
        rows = 0

        def turn_into_parquet() -> int:
            table = read_pages(self._json, waiting, entity, self._api.standard, origin, rows + 1)
            chunks.append(folder / f"{len(chunks):06}.parquet")
            pq.write_table(table, chunks[-1], compression="zstd")
            for page in waiting:
                page.unlink()
            waiting.clear()
            return int(table.num_rows)

        for number, page in enumerate(pages):
            digest.update(page.response.content)
            waiting.append(folder / f"{number:09}.json")
            waiting[-1].write_bytes(page.response.content)
            if len(waiting) == PAGES_PER_CHUNK:
                rows += turn_into_parquet()
        if waiting:
            rows += turn_into_parquet()
        return Chunks(
            tuple(chunks),
            FileRecord(
                system=SYSTEM,
                entity=name,
                source_file=origin.source_file,
                delivery_mode="incremental",
                file_rows=rows,
                file_sha256=digest.hexdigest(),
                delivered_on=origin.delivered_on,
                loaded_at=origin.loaded_at,
            ),
        )

    def _walk(self, path: str) -> PageWalk:
        return PageWalk(self._client, self._api.resource_url(path), path, self._connection.page_size, self._newest_now)

    def _newest_now(self) -> int | None:
        available = available_change_versions(self._client, self._api)
        return available.newest if available else None

    @cached_property
    def _district(self) -> District:
        return self.read_district()

    @cached_property
    def _connection(self) -> EdfiConnection:
        return read_connection(EdfiConnection, SYSTEM, self._district.sources[SYSTEM].connection)

    @cached_property
    def _client(self) -> JsonApi:
        return edfi_api(self._connection)

    @cached_property
    def _api(self) -> Api:
        api = discover(self._client, self._connection.base_url)
        self._client.sign_in(api.token_url)
        return api

    @cached_property
    def _available(self) -> ChangeVersions | None:
        """Read once, so that all resources end at the same change version."""
        return available_change_versions(self._client, self._api)

    @cached_property
    def _started_at(self) -> datetime:
        return datetime.now(UTC)

    @cached_property
    def _folder(self) -> tempfile.TemporaryDirectory[str]:
        return tempfile.TemporaryDirectory(prefix="stocktake-edfi-")

    @cached_property
    def _json(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(config={"threads": 1})
