"""A small Ed-Fi API over real HTTP, with hooks for faults: enough protocol to try the source's client against.

It keeps resources in lists, counts change versions as the ODS does, hides deletions whose natural key is back,
and records every request.
"""

import base64
import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

KEY, SECRET = "district-key", "never-shown-secret"


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    params: dict[str, str]
    authorization: str


@dataclass
class Row:
    """One resource: its id, its natural key, its content and its change version."""

    id: str
    key: tuple[str, ...]
    body: dict[str, Any]
    version: int


@dataclass
class Fault:
    """What to answer instead, once, to the next request whose path ends so."""

    path_end: str
    answer: Callable[["_Handler"], None]


@dataclass
class SmallServer:
    """The API's data and manners. Tests change both while it runs."""

    standard: str = "5.2.0"
    with_cursor: bool = False
    with_change_queries: bool = True
    token_lifetime: float = 1800
    version: int = 0
    oldest: int = 0
    rows: dict[str, list[Row]] = field(default_factory=dict)
    deletes: dict[str, list[tuple[Row, int]]] = field(default_factory=dict)
    key_changes: dict[str, list[tuple[str, int, dict[str, Any], dict[str, Any]]]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    served: list[str] | None = None
    before_page: Callable[[str, dict[str, str]], None] | None = None
    base_url: str = ""

    def _next(self) -> int:
        self.version += 1
        return self.version

    def put(self, resource: str, key: tuple[str, ...], body: dict[str, Any]) -> str:
        """Insert or update by natural key, as a POST does."""
        for row in self.rows.setdefault(resource, []):
            if row.key == key:
                row.body, row.version = body, self._next()
                return row.id
        row = Row(uuid.uuid4().hex, key, body, self._next())
        self.rows[resource].append(row)
        return row.id

    def change_key(self, resource: str, old: tuple[str, ...], new: tuple[str, ...], body: dict[str, Any]) -> None:
        row = next(row for row in self.rows[resource] if row.key == old)
        row.key, row.body, row.version = new, body, self._next()
        self.key_changes.setdefault(resource, []).append((row.id, row.version, {"key": list(old)}, {"key": list(new)}))

    def delete(self, resource: str, key: tuple[str, ...]) -> None:
        row = next(row for row in self.rows[resource] if row.key == key)
        self.rows[resource].remove(row)
        self.deletes.setdefault(resource, []).append((row, self._next()))

    def forget_changes(self) -> None:
        """Truncate what is tracked, as an administrator may."""
        self.deletes.clear()
        self.key_changes.clear()
        self.oldest = self._next()

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def listing(self, resource: str, params: dict[str, str]) -> list[dict[str, Any]]:
        low, high = int(params.get("minChangeVersion", 0)), int(params.get("maxChangeVersion", 1 << 62))
        name, _, log = resource.partition("/")
        if log == "deletes":
            present = {row.key for row in self.rows.get(name, [])}
            return [
                {"id": str(uuid.UUID(row.id)).upper(), "changeVersion": version, "keyValues": {"key": list(row.key)}}
                for row, version in self.deletes.get(name, [])
                if low <= version <= high and row.key not in present
            ]
        if log == "keyChanges":
            return [
                {"id": str(uuid.UUID(id_)), "changeVersion": version, "oldKeyValues": old, "newKeyValues": new}
                for id_, version, old, new in self.key_changes.get(name, [])
                if low <= version <= high
            ]
        return [{"id": row.id, **row.body} for row in self.rows.get(name, []) if low <= row.version <= high]

    @contextmanager
    def running(self) -> Iterator["SmallServer"]:
        handler = type("Handler", (_Handler,), {"api": self})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{server.server_port}/api"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    api: SmallServer
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # Head and body in one packet; otherwise each answer waits 40 ms for the other side.

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        params = dict(parse_qsl(parts.query))
        self.api.asked.append(Asked("GET", parts.path, params, self.headers.get("Authorization", "")))
        if self._fault(parts.path):
            return None
        if parts.path == "/api/metadata/data/v3/dependencies":
            listed = [{"resource": f"/ed-fi/{name}", "order": 1, "operations": []} for name in self.api.served or []]
            return self.send_json(listed)
        if parts.path == "/api":
            return self.send_json(self._discovery())
        if self.headers.get("Authorization", "").removeprefix("Bearer ") not in self.api.tokens:
            return self.send_json({"title": "no token"}, status=401)
        if parts.path == "/api/changeQueries/v1/availableChangeVersions":
            return self.send_json({"oldestChangeVersion": self.api.oldest, "newestChangeVersion": self.api.version})
        resource = parts.path.removeprefix("/api/data/v3/ed-fi/")
        if resource == parts.path:
            return self.send_json({}, status=404)
        return self._page(resource, params)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length).decode()
        self.api.asked.append(Asked("POST", self.path, dict(parse_qsl(body)), self.headers.get("Authorization", "")))
        if self._fault(self.path):
            return None
        expected = "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        if self.headers.get("Authorization") != expected or body != "grant_type=client_credentials":
            return self.send_json({"error": "invalid_client"}, status=401)
        token = uuid.uuid4().hex
        self.api.tokens.add(token)
        return self.send_json({"access_token": token, "expires_in": self.api.token_lifetime, "token_type": "bearer"})

    def _fault(self, path: str) -> bool:
        for fault in self.api.faults:
            if path.endswith(fault.path_end):
                self.api.faults.remove(fault)
                fault.answer(self)
                return True
        return False

    def _discovery(self) -> dict[str, Any]:
        base = self.api.base_url
        urls = {"oauth": f"{base}/oauth/token", "dataManagementApi": f"{base}/data/v3/"}
        if self.api.served is not None:
            urls["dependencies"] = f"{base}/metadata/data/v3/dependencies"
        if self.api.with_change_queries:
            urls["changeQueries"] = f"{base}/changeQueries/v1/"
        return {
            "version": "7.1",
            "dataModels": [{"name": "TPDM", "version": "1.1.0"}, {"name": "Ed-Fi", "version": self.api.standard}],
            "urls": urls,
        }

    def _page(self, resource: str, params: dict[str, str]) -> None:
        if self.api.before_page:
            self.api.before_page(resource, params)
        rows = self.api.listing(resource, params)
        headers = {}
        if params.get("totalCount") == "true":
            headers["Total-Count"] = str(len(rows))
        if "pageToken" in params:
            assert "offset" not in params and "limit" not in params and "totalCount" not in params
            start, size = int(params["pageToken"]), int(params["pageSize"])
        else:
            start, size = int(params.get("offset", 0)), int(params.get("limit", 25))
        page = rows[start : start + size]
        offers = self.api.with_cursor and "/" not in resource and "maxChangeVersion" not in params
        if offers and page and "offset" not in params:
            headers["Next-Page-Token"] = str(start + size)
        self.send_json(page, headers=headers)

    def send_json(self, document: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_bytes(json.dumps(document).encode(), "application/json; charset=utf-8", status, headers)

    def send_bytes(
        self,
        body: bytes,
        kind: str,
        status: int = 200,
        headers: dict[str, str] | None = None,
        length: int | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
