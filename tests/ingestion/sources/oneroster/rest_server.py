"""A OneRoster 1.2 rostering service over real HTTP, for tests: it serves the CSV files of a bundle.

It answers as the standard has it (limit, offset, sort, filter on dateLastModified, fields, X-Total-Count, Link) and
misbehaves on demand.
"""

import base64
import csv
import json
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

SERVICE = "/ims/oneroster/rostering/v1p2"
COLLECTIONS = ("orgs", "academicSessions", "users", "courses", "classes", "enrollments", "demographics")
CLIENT_ID, CLIENT_SECRET = "the-client", "the-very-secret"

_REFERENCES = {
    "parentSourcedId": ("parent", "org"),
    "primaryOrgSourcedId": ("primaryOrg", "org"),
    "orgSourcedId": ("org", "org"),
    "schoolYearSourcedId": ("schoolYear", "academicSession"),
    "courseSourcedId": ("course", "course"),
    "schoolSourcedId": ("school", "org"),
    "classSourcedId": ("class", "class"),
    "userSourcedId": ("user", "user"),
}
_LISTS = ("grades", "subjects", "subjectCodes", "periods")

Record = dict[str, Any]


@dataclass
class RosterService:
    """The service's data and manners.

    Attributes:
        faults: what happens to the next requests for data, first to last; see `_Handler.misbehave`.
        largest_page: rows per answer, whatever is asked for.
        token_lifetime: seconds.
        counts: whether X-Total-Count is sent.
        links: whether Link is sent.
        between: called after each answered page, to change data while it is read.
        requests: path and query of every request for data that was answered with rows.
    """

    records: dict[str, list[Record]]
    faults: list[str] = field(default_factory=list)
    largest_page: int = 10_000
    token_lifetime: float = 3600
    counts: bool = True
    links: bool = True
    between: Callable[[], None] | None = None
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    tokens: dict[str, float] = field(default_factory=dict)
    scopes: list[str] = field(default_factory=list)
    tokens_given: int = 0
    url: str = ""

    @classmethod
    def of_bundle(cls, folder: Path) -> "RosterService":
        """Serve the files of a OneRoster 1.2 bundle."""
        roles: dict[str, list[Record]] = {}
        for row in _rows(folder / "roles.csv"):
            role = {
                "roleType": row["roleType"],
                "role": row["role"],
                "org": _reference("org", row["orgSourcedId"]),
                "beginDate": row["beginDate"],
                "endDate": row["endDate"],
            }
            roles.setdefault(row["userSourcedId"], []).append({k: v for k, v in role.items() if v})
        records = {name: [_record(row) for row in _rows(folder / f"{name}.csv")] for name in COLLECTIONS}
        for user in records["users"]:
            user["roles"] = roles.get(user["sourcedId"], [])
        return cls(records)


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _reference(kind: str, sourced_id: str) -> Record:
    return {"href": f"https://made.up/{kind}s/{sourced_id}", "sourcedId": sourced_id, "type": kind}


def _record(row: dict[str, str]) -> Record:
    record: Record = {
        "status": row["status"] or "active",
        "dateLastModified": row["dateLastModified"] or "2026-01-01T00:00:00.000Z",
    }
    for name, value in row.items():
        if name in record or not value:
            continue
        if name in _REFERENCES:
            target, kind = _REFERENCES[name]
            record[target] = _reference(kind, value)
        elif name == "termSourcedIds":
            record["terms"] = [_reference("academicSession", term) for term in value.split(",")]
        elif name == "userIds":
            pairs = re.findall(r"\{([^:}]*):([^}]*)\}", value)
            record["userIds"] = [{"type": kind, "identifier": identifier} for kind, identifier in pairs]
        elif name.startswith("metadata."):
            record.setdefault("metadata", {})[name.removeprefix("metadata.")] = value
        elif name in _LISTS:
            record[name] = value.split(",")
        else:
            record[name] = value
    return record


class _Handler(BaseHTTPRequestHandler):
    service: RosterService
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Stay quiet."""

    def do_POST(self) -> None:
        body = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {expected}":
            return self.answer(401, b'{"error": "invalid_client"}')
        self.service.scopes = body["scope"][0].split()
        token = secrets.token_hex(8)
        self.service.tokens[token] = time.monotonic() + self.service.token_lifetime
        self.service.tokens_given += 1
        given = {"access_token": token, "token_type": "bearer", "expires_in": self.service.token_lifetime}
        return self.answer(200, json.dumps(given).encode())

    def do_GET(self) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.service.tokens.get(token, 0) < time.monotonic():
            return self.answer(401, b"{}")
        if self.service.faults:
            fault = self.service.faults.pop(0)
            if fault != "none":
                return self.misbehave(fault)
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        name = url.path.removeprefix(f"{SERVICE}/")
        if name not in self.service.records:
            return self.answer(404, b"{}")
        rows = self.matching(name, query)
        offset = int(query.get("offset", 0))
        limit = min(int(query.get("limit", 100)), self.service.largest_page)
        page = rows[offset : offset + limit]
        wanted = query["fields"].split(",") if "fields" in query else None
        shown = [{k: v for k, v in row.items() if wanted is None or k in wanted} for row in page]
        headers = {}
        if self.service.counts:
            headers["X-Total-Count"] = str(len(rows))
        if self.service.links:
            following = urlencode({**query, "offset": offset + limit, "limit": limit})
            links = [f'<{self.service.url}{url.path}?{urlencode({**query, "offset": 0})}>; rel="first"']
            if offset + limit < len(rows):
                links.append(f'<{self.service.url}{url.path}?{following}>; rel="next"')
            headers["Link"] = ", ".join(links)
        self.service.requests.append((name, query))
        self.answer(200, json.dumps({name: shown}).encode(), headers)
        if self.service.between is not None:
            self.service.between()
        return None

    def matching(self, name: str, query: dict[str, str]) -> list[Record]:
        rows = self.service.records[name]
        if "filter" in query:
            since = re.fullmatch(r"dateLastModified>'([^']+)'", query["filter"])
            assert since is not None, query["filter"]
            rows = [row for row in rows if row["dateLastModified"] > since[1]]
        return sorted(rows, key=lambda row: row[query["sort"]]) if "sort" in query else list(rows)

    def misbehave(self, fault: str) -> None:
        if fault == "expired":
            self.service.tokens.clear()
            return self.answer(401, b"{}")
        if fault == "cut":
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "5000")
            self.end_headers()
            self.wfile.write(b'{"orgs": [')
            self.close_connection = True
            return None
        if fault == "half":
            return self.answer(200, b'{"orgs": [{"sourcedId": "1"')
        if fault == "html":
            return self.answer(200, b"<html>Please sign in</html>", {"Content-Type": "text/html"})
        if fault == "other":
            return self.answer(200, b'{"imsx_codeMajor": "failure"}')
        if fault == "without id":
            return self.answer(200, b'{"orgs": [{"name": "Nobody knows"}]}')
        return self.answer(int(fault), b"{}", {"Retry-After": "1"} if fault == "429" else {})

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving(service: RosterService) -> Iterator[RosterService]:
    """The service on a free port of this machine."""
    handler = type("Handler", (_Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
