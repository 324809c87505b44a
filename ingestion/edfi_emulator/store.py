"""Keeps the documents of an Ed-Fi API with their change versions, deletes and key changes.

One DuckDB database holds everything: loading is SQL from end to end, and a page of half a million documents is a
matter of milliseconds. A lock lets a test change documents while a client reads them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any

import duckdb

from ingestion.edfi_emulator.natural_keys import NATURAL_KEYS, reference_to, resources_of

Document = dict[str, Any]

_FIRST_CHANGE_AT = datetime(2026, 6, 12, tzinfo=UTC)
"""Change version 1 happened here and each later one a millisecond after it, so that every run serves the same bytes."""

_TABLES = """
create table items (
    resource varchar, aggregate_id bigint, id varchar, natural_key varchar, document varchar, change_version bigint
);
create table deleted_items (resource varchar, id varchar, natural_key varchar, change_version bigint);
create table changed_keys (
    resource varchar, id varchar, old_key varchar, new_key varchar, change_version bigint
);
"""


class EdfiStoreError(ValueError):
    """A change that an Ed-Fi API would refuse."""


@dataclass(frozen=True)
class Window:
    """Change versions that a request asks for, both ends inclusive; None leaves an end open."""

    first: int | None = None
    last: int | None = None

    @property
    def condition(self) -> str:
        """The window as SQL; both ends are numbers, so nothing needs quoting."""
        parts = [f"change_version >= {self.first}"] if self.first is not None else []
        parts += [f"change_version <= {self.last}"] if self.last is not None else []
        return " and ".join(parts) or "true"


class EdfiStore:
    """Documents of one Ed-Fi data standard, changed through Python and read through the emulator.

    Every change takes the next change version. `newest_change_version` is the last one taken;
    `oldest_change_version` is the first whose deletes and key changes are still known.
    """

    def __init__(self, standard: int = 5) -> None:
        self.standard = standard
        self.resources = resources_of(standard)
        self.newest_change_version = 0
        self.oldest_change_version = 0
        self._last_aggregate = 0
        self._lock = RLock()
        self._database = duckdb.connect()
        self._database.execute(_TABLES)

    def load(self, documents: duckdb.DuckDBPyConnection) -> int:
        """Take over all rows of a table `documents` (resource, document); return how many there were."""
        with self._lock:
            arrow = documents.execute("select resource, document from documents").to_arrow_reader(100_000)
            self._database.register("arriving", arrow)
            self._database.execute("create temp table arrived as select * from arriving")
            self._database.unregister("arriving")
            before = self._last_aggregate
            for resource in self.resources:
                self._database.execute(
                    f"""
                    insert into items
                    with numbered as (
                        select *, row_number() over () as line, {_key_of(resource)} as natural_key
                        from arrived
                        where resource = '{resource}'
                    )
                    select
                        resource,
                        line + {self._last_aggregate},
                        md5(resource || natural_key),
                        natural_key,
                        document,
                        line + {self.newest_change_version}
                    from numbered
                    order by line
                    """
                )
                added = self._number("select count(*) from arrived where resource = ?", resource)
                self._last_aggregate += added
                self.newest_change_version += added
            self._database.execute("drop table arrived")
            return self._last_aggregate - before

    # --- reading ------------------------------------------------------------------------------------------------

    def page(self, resource: str, window: Window, limit: int, offset: int = 0) -> list[str]:
        """Return documents as the API shows them, in the order in which they came to be."""
        with self._lock:
            edges = self._row(
                f"""
                select min(aggregate_id), max(aggregate_id) + 1
                from (
                    select aggregate_id from items where resource = ? and {window.condition}
                    order by aggregate_id limit {limit} offset {offset}
                )
                """,
                resource,
            )
            return [] if edges[0] is None else self._shown(resource, window, edges[0], edges[1])

    def page_after(self, resource: str, window: Window, limit: int, first: int, stop: int) -> tuple[list[str], int]:
        """Return up to `limit` documents from an aggregate number on, before `stop`, and where the next page begins."""
        with self._lock:
            edge = self._row(
                f"""
                select max(aggregate_id) + 1
                from (
                    select aggregate_id from items
                    where resource = ? and aggregate_id >= {first} and aggregate_id < {stop} and {window.condition}
                    order by aggregate_id limit {limit}
                )
                """,
                resource,
            )[0]
            return ([], first) if edge is None else (self._shown(resource, window, first, edge), int(edge))

    def partitions(self, resource: str, window: Window, number: int) -> list[tuple[int, int]]:
        """Cut a resource into up to `number` stretches of about one size: first number, and the one after the last."""
        with self._lock:
            rows = self._database.execute(
                f"""
                select min(aggregate_id)
                from (
                    select aggregate_id, ntile({number}) over (order by aggregate_id) as part
                    from items where resource = ? and {window.condition}
                )
                group by part order by part
                """,
                [resource],
            ).fetchall()
            starts = [int(row[0]) for row in rows]
            return list(zip(starts, [*starts[1:], 2**62], strict=False))

    def count(self, resource: str, window: Window | None = None) -> int:
        """Return how many documents a resource has in a window."""
        window = window or Window()
        with self._lock:
            return self._number(f"select count(*) from items where resource = ? and {window.condition}", resource)

    def deletes(self, resource: str, window: Window) -> list[Document]:
        """Return what was deleted and has not come back since, oldest first."""
        with self._lock:
            rows = self._database.execute(
                f"""
                select id, change_version, natural_key
                from deleted_items
                where resource = $resource and {window.condition}
                    and natural_key not in (select natural_key from items where resource = $resource)
                order by change_version
                """,
                {"resource": resource},
            ).fetchall()
        return [
            {"id": _dashed(id_), "changeVersion": version, "keyValues": json.loads(key)} for id_, version, key in rows
        ]

    def key_changes(self, resource: str, window: Window) -> list[Document]:
        """Return whose natural key changed; several changes of one document in the window count as one."""
        with self._lock:
            rows = self._database.execute(
                f"""
                select id, max(change_version), arg_min(old_key, change_version), arg_max(new_key, change_version)
                from changed_keys where resource = ? and {window.condition}
                group by id order by 2
                """,
                [resource],
            ).fetchall()
        return [
            {
                "id": _dashed(id_),
                "changeVersion": version,
                "oldKeyValues": json.loads(old),
                "newKeyValues": json.loads(new),
            }
            for id_, version, old, new in rows
        ]

    def ids(self, resource: str) -> list[str]:
        """Return the id of every document, oldest first."""
        with self._lock:
            rows = self._database.execute(
                "select id from items where resource = ? order by aggregate_id", [resource]
            ).fetchall()
        return [str(row[0]) for row in rows]

    def find(self, resource: str, **values: object) -> list[str]:
        """Return the ids of the documents whose natural key has these values."""
        conditions = "".join(f" and (natural_key ->> '$.{name}') = ?" for name in values)
        with self._lock:
            rows = self._database.execute(
                f"select id from items where resource = ?{conditions} order by aggregate_id",
                [resource, *(str(value) for value in values.values())],
            ).fetchall()
        return [str(row[0]) for row in rows]

    def get(self, resource: str, id_: str) -> Document:
        """Return one document without the fields that the API adds. Raises EdfiStoreError when there is none."""
        with self._lock:
            row = self._database.execute(
                "select document from items where resource = ? and id = ?", [resource, id_.replace("-", "")]
            ).fetchone()
        if row is None:
            raise EdfiStoreError(f"{resource} has no document {id_}.")
        return dict(json.loads(row[0]))

    def shown(self, resource: str, id_: str) -> str:
        """Return one document as the API shows it. Raises EdfiStoreError when there is none."""
        with self._lock:
            row = self._database.execute(
                "select aggregate_id from items where resource = ? and id = ?", [resource, id_.replace("-", "")]
            ).fetchone()
            if row is None:
                raise EdfiStoreError(f"{resource} has no document {id_}.")
            return self._shown(resource, Window(), row[0], row[0] + 1)[0]

    # --- changing -----------------------------------------------------------------------------------------------

    def insert(self, resource: str, document: Document) -> str:
        """Add a document and return its id. Raises EdfiStoreError when one has its natural key already."""
        with self._lock:
            key = _key_values(resource, document)
            if self._number("select count(*) from items where resource = ? and natural_key = ?", resource, key):
                raise EdfiStoreError(f"{resource} has a document with this natural key already.")
            version = self._next_version()
            self._last_aggregate += 1
            id_ = str(self._row("select md5(?)", f"{resource}{key}{version}")[0])
            self._database.execute(
                "insert into items values (?, ?, ?, ?, ?, ?)",
                [resource, self._last_aggregate, id_, key, _text(document), version],
            )
            return id_

    def update(self, resource: str, id_: str, **fields: object) -> None:
        """Replace top-level fields of a document; a field given as None is removed.

        Raises EdfiStoreError when that would change the natural key, which `change_key` is for.
        """
        with self._lock:
            document = self.get(resource, id_)
            key = _key_values(resource, document)
            changed = {name: value for name, value in (document | fields).items() if value is not None}
            if _key_values(resource, changed) != key:
                raise EdfiStoreError(f"These fields are part of the natural key of {resource}.")
            self._write(resource, id_, changed, key)

    def change_key(self, resource: str, id_: str, **values: object) -> None:
        """Change values of a document's natural key, by their names in the key; the id stays.

        Documents that refer to it at their top level follow, as the API's cascading updates make them.
        """
        with self._lock:
            document = self.get(resource, id_)
            old_key = _key_values(resource, document)
            for name, value in values.items():
                *parents, field = NATURAL_KEYS[resource][name].split(".")
                holder = document
                for parent in parents:
                    holder = holder[parent]
                holder[field] = value
            if _key_values(resource, document) == old_key:
                raise EdfiStoreError(f"The natural key of {resource} is the same as before.")
            self._rewrite(resource, id_, document, old_key)

    def delete(self, resource: str, id_: str) -> None:
        """Remove a document and remember its natural key. References to it are not looked for."""
        with self._lock:
            key = _key_values(resource, self.get(resource, id_))
            version = self._next_version()
            self._database.execute("delete from items where resource = ? and id = ?", [resource, id_])
            self._database.execute("insert into deleted_items values (?, ?, ?, ?)", [resource, id_, key, version])

    def truncate_tracking(self, before: int) -> None:
        """Forget deletes and key changes older than a change version, as housekeeping on a server does."""
        with self._lock:
            for table in ("deleted_items", "changed_keys"):
                self._database.execute(f"delete from {table} where change_version < ?", [before])
            self.oldest_change_version = before

    # --- inside -------------------------------------------------------------------------------------------------

    def _rewrite(self, resource: str, id_: str, document: Document, old_key: str) -> None:
        """Store a document whose natural key may have changed, and whatever refers to it."""
        new_key = _key_values(resource, document)
        if new_key == old_key:
            self._write(resource, id_, document, new_key)
            return
        if self._number("select count(*) from items where resource = ? and natural_key = ?", resource, new_key):
            raise EdfiStoreError(f"{resource} has a document with this natural key already.")
        version = self._write(resource, id_, document, new_key)
        self._database.execute(
            "insert into changed_keys values (?, ?, ?, ?, ?)", [resource, id_, old_key, new_key, version]
        )
        old, new = json.loads(old_key), json.loads(new_key)
        reference = reference_to(resource)
        conditions = "".join(f" and (document ->> '$.{reference}.{name}') = ?" for name in old)
        followers = self._database.execute(
            f"select resource, id, natural_key from items where (document -> '$.{reference}') is not null{conditions}",
            [str(value) for value in old.values()],
        ).fetchall()
        for other, follower, follower_key in followers:
            following = self.get(other, follower)
            following[reference] |= new
            self._rewrite(other, follower, following, follower_key)

    def _write(self, resource: str, id_: str, document: Document, key: str) -> int:
        version = self._next_version()
        self._database.execute(
            "update items set document = ?, natural_key = ?, change_version = ? where resource = ? and id = ?",
            [_text(document), key, version, resource, id_],
        )
        return version

    def _next_version(self) -> int:
        self.newest_change_version += 1
        return self.newest_change_version

    def _shown(self, resource: str, window: Window, first: int, stop: int) -> list[str]:
        rows = self._database.execute(
            f"""
            select id, document, change_version from items
            where resource = ? and aggregate_id >= {first} and aggregate_id < {stop} and {window.condition}
            order by aggregate_id
            """,
            [resource],
        ).fetchall()
        return [_with_metadata(*row) for row in rows]

    def _row(self, statement: str, *values: object) -> tuple[Any, ...]:
        """Return the one row of a statement that aggregates."""
        return self._database.execute(statement, list(values)).fetchall()[0]

    def _number(self, statement: str, *values: object) -> int:
        return int(self._row(statement, *values)[0])


def _with_metadata(id_: str, document: str, version: int) -> str:
    modified = (_FIRST_CHANGE_AT + timedelta(milliseconds=version)).isoformat(timespec="milliseconds")
    return (
        f'{{"id":"{id_}",{document[1:-1]},"_etag":"{version}","_lastModifiedDate":"{modified.replace("+00:00", "Z")}"}}'
    )


def _key_of(resource: str) -> str:
    """The natural key as SQL over a column `document`, in the same text as `_key_values` gives.

    All values are taken out at once, because parsing the document is what costs.
    """
    paths = ", ".join(f"'$.{path}'" for path in NATURAL_KEYS[resource].values())
    pairs = " || ',' || ".join(
        f"'\"{name}\":' || found[{place}]" for place, name in enumerate(NATURAL_KEYS[resource], start=1)
    )
    return f"list_transform([json_extract(document, [{paths}])], lambda found: '{{' || {pairs} || '}}')[1]"


def _key_values(resource: str, document: Document) -> str:
    values: Document = {}
    for name, path in NATURAL_KEYS[resource].items():
        value: Any = document
        for part in path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is None:
            raise EdfiStoreError(f"A document of {resource} needs {path}.")
        values[name] = value
    return _text(values)


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _dashed(id_: str) -> str:
    return "-".join((id_[:8], id_[8:12], id_[12:16], id_[16:20], id_[20:]))
