"""Reads one entity from a OneRoster 1.2 REST service: everything, or what changed since the last time.

Rows land in the tables of the CSV files, so that everything after landing is the same for both.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from typing import TypedDict

import dlt
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.api_connection import read_connection
from ingestion.district import District
from ingestion.errors import ApiError
from ingestion.json_api import JsonAnswer, JsonApi
from ingestion.landing_log import FileRecord, LandingLog
from ingestion.layout import raw_schema
from ingestion.mapping import load_system, table_name
from ingestion.sources.oneroster.connection import OneRosterConnection
from ingestion.sources.oneroster.rest_table import COLLECTIONS, Collection, Origin, Page, PageReader

SYSTEM = "oneroster"

_REMEDIES: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "The server does not take these parameters; is page_size larger than it allows?",
    HTTPStatus.UNAUTHORIZED: "It does not accept a fresh token either. Check that the API client is still active.",
    HTTPStatus.FORBIDDEN: "The client must have the scopes roster-core.readonly and roster-demographics.readonly. Ask "
    "the server's administrator, or list the entities to read under `deliveries` in the district file.",
    HTTPStatus.NOT_FOUND: "Check base_url; it must lead to a OneRoster 1.2 rostering service.",
    HTTPStatus.TOO_MANY_REQUESTS: "It asks for fewer requests. Run again later, or raise max_wait_seconds.",
}


class Remembered(TypedDict):
    """What dlt's state keeps of an entity; it is committed with the load that brought the rows."""

    base_url: str
    newest: str
    read_fully_on: str


@dataclass
class OneRosterService:
    """One run against one service; nothing is sent before the first page is asked for."""

    connection: OneRosterConnection

    @classmethod
    def of(cls, district: District) -> "OneRosterService":
        """The service that the district file names.

        Raises:
            DistrictFileError: its connection is not complete.
        """
        return cls(read_connection(OneRosterConnection, SYSTEM, district.sources[SYSTEM].connection))

    @cached_property
    def _api(self) -> JsonApi:
        api = JsonApi(SYSTEM, self.connection.service_url, self.connection, _REMEDIES)
        api.sign_in(self.connection.token_url, self.connection.scopes)
        return api

    def greet(self) -> None:
        """Ask for one organisation, to learn whether the service can be reached and lets the client in.

        Raises:
            ApiError: it does not.
        """
        self._api.get(COLLECTIONS["orgs"].path, {"limit": 1, "offset": 0}, what="a first request")

    def pages(self, collection: Collection, reader: PageReader, since: datetime | None) -> Iterator[tuple[Page, bytes]]:
        """Every record once, in pages, with the answers' bodies.

        Each page begins with the last record of the one before. Where it does not, records came or went meanwhile,
        and the place is looked for, so that no record is skipped.

        Raises:
            ApiError: a page cannot be had, or records move faster than they can be read.
        """
        size = self.connection.page_size
        params: dict[str, str | int] = {
            "limit": size,
            "sort": "sourcedId",
            "orderBy": "asc",
            "fields": collection.fields,
        }
        if since is not None:
            params["filter"] = f"dateLastModified>'{since.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}'"
        offset = 0
        before: pa.ChunkedArray | None = None
        steps_back = 0
        while True:
            what = f"{collection.path} from record {offset + 1}"
            answer = self._api.get(collection.path, {**params, "offset": offset}, what=what)
            page = reader.read(answer.response.content.decode("utf-8-sig"), what)
            count = len(page.records)
            start = 0 if before is None else _first_new(page.records, before)
            if start is None or (count == 0 and _total(answer) > offset):
                if steps_back == 3 or offset == 0:
                    raise ApiError(
                        f"{SYSTEM}: {what}: records come and go faster than they can be read. "
                        "Run again at a quiet hour."
                    )
                steps_back += 1
                offset = max(0, offset - size)
                continue
            steps_back = 0
            if start < count:
                yield _from_record(page, start), answer.response.content
            if not self._has_more(answer, offset, count, is_new=start < count):
                return
            before = page.records
            # A page that brought something new has more than the one record that is asked for again.
            offset += max(1, count - 1)

    def _has_more(self, answer: JsonAnswer, offset: int, count: int, *, is_new: bool) -> bool:
        if count == 0:
            return False
        total = _total(answer)
        if total >= 0:
            return offset + count < total
        if "next" in answer.response.links:
            return True
        return "Link" not in answer.response.headers and is_new and count >= 2


def read_rest_entity(name: str, service: OneRosterService, log: LandingLog) -> Iterator[pa.Table]:
    """Arrow tables of one entity in its raw schema; marked `replace` when everything was read.

    Raises:
        ApiError: the service did not give all of it; then nothing of the run lands.
    """
    connection = service.connection
    entity = load_system(SYSTEM).entities[name]
    collection = COLLECTIONS[name]
    loaded_at = datetime.now(UTC)
    memory: dict[str, Remembered] = dlt.current.source_state().setdefault("rest", {})
    remembered = memory.get(name) if _is_landed(name) else None
    since = _since(remembered, connection, loaded_at.date())
    window = "all" if since is None else f"{since:%Y%m%dT%H%M%S}-{loaded_at:%Y%m%dT%H%M%S}"
    origin = Origin(f"{name}@{window}", loaded_at.date(), loaded_at)
    reader = PageReader(SYSTEM, name, entity, origin)
    hints = dlt.mark.make_hints(write_disposition="replace")
    rows_read = 0
    newest: datetime | None = None
    digest = hashlib.sha256()
    empty = raw_schema(entity).empty_table()
    yield dlt.mark.with_hints(empty, hints) if since is None else empty
    for page, body in service.pages(collection, reader, since):
        digest.update(body)
        rows = _numbered(_without_tombstones(page.rows, collection) if since is None else page.rows, rows_read)
        rows_read += rows.num_rows
        newest = max(filter(None, (newest, page.newest)), default=None)
        yield dlt.mark.with_hints(rows, hints) if since is None else rows
    log.add(
        FileRecord(
            system=SYSTEM,
            entity=name,
            source_file=origin.source_file,
            delivery_mode="bulk" if since is None else "incremental",
            file_rows=rows_read,
            file_sha256=digest.hexdigest(),
            delivered_on=origin.delivered_on,
            loaded_at=loaded_at,
        )
    )
    _remember(memory, name, connection, newest, is_full=since is None, today=loaded_at.date())


def _is_landed(name: str) -> bool:
    """Whether the table has rows: dlt's memory outlives a warehouse that was removed."""
    with dlt.current.pipeline().sql_client() as client:
        table = client.make_qualified_table_name(table_name(SYSTEM, name))
        return bool(client.execute_sql(f"select 1 from {table} limit 1"))


def _since(remembered: Remembered | None, connection: OneRosterConnection, today: date) -> datetime | None:
    """From when changes are asked for; None when everything is due."""
    if remembered is None or remembered["base_url"] != connection.base_url or not remembered["newest"]:
        return None
    if (today - date.fromisoformat(remembered["read_fully_on"])).days >= connection.full_refresh_days:
        return None
    return datetime.fromisoformat(remembered["newest"]) - timedelta(minutes=connection.overlap_minutes)


def _remember(
    memory: dict[str, Remembered],
    name: str,
    connection: OneRosterConnection,
    newest: datetime | None,
    *,
    is_full: bool,
    today: date,
) -> None:
    before = memory.get(name)
    known = datetime.fromisoformat(before["newest"]) if before and before["newest"] and not is_full else None
    latest = max(filter(None, (known, newest)), default=None)
    memory[name] = Remembered(
        base_url=connection.base_url,
        newest=latest.astimezone(UTC).isoformat() if latest else "",
        read_fully_on=today.isoformat() if is_full or before is None else before["read_fully_on"],
    )


def _total(answer: JsonAnswer) -> int:
    """Records that the service has; -1 where it does not say."""
    total = answer.count_in("X-Total-Count")
    return -1 if total is None else total


def _first_new(records: pa.ChunkedArray, before: pa.ChunkedArray) -> int | None:
    """Position after the last record that the page before had; None when there is none, so that some were missed."""
    known = pc.indices_nonzero(pc.is_in(records, value_set=before))
    return int(known[len(known) - 1].as_py()) + 1 if len(known) else None


def _from_record(page: Page, start: int) -> Page:
    if start == 0:
        return page
    return Page(page.records.slice(start), page.rows.filter(pc.greater(page.owners, start)), page.owners, page.newest)


def _without_tombstones(rows: pa.Table, collection: Collection) -> pa.Table:
    """When everything is read, nobody needs to be told that a role is gone."""
    return rows.filter(pc.not_equal(rows.column("role"), "none")) if collection.per_role else rows


def _numbered(rows: pa.Table, already: int) -> pa.Table:
    numbers = pa.array(range(already + 1, already + rows.num_rows + 1), pa.int64())
    row_ids = pc.binary_join_element_wise(rows.column("_source_file"), pc.cast(numbers, pa.string()), "#")
    names = rows.schema
    numbered = rows.set_column(names.get_field_index("_source_row"), "_source_row", numbers)
    return numbered.set_column(names.get_field_index("_row_id"), "_row_id", row_ids).cast(names)
