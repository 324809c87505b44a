"""The HTTP side of the emulator: discovery, tokens, resources, change queries and cursor paging.

It follows the documented behaviour of the Ed-Fi ODS/API for reading; documents are written through the store.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ingestion.edfi_emulator.faults import FaultMiddleware, FaultPlan
from ingestion.edfi_emulator.natural_keys import WITHOUT_CHANGE_QUERIES
from ingestion.edfi_emulator.problems import problem
from ingestion.edfi_emulator.store import EdfiStore, EdfiStoreError, Window
from ingestion.edfi_emulator.tokens import TokenIssuer, basic_credentials

DEFAULT_LIMIT = 25
LARGEST_LIMIT = 500
MOST_PARTITIONS = 200
_VERSIONS = {5: "5.2.0", 6: "6.0.0"}
_END = 2**62
"""Beyond every aggregate number: the end of a cursor that walks a whole resource."""


class _BadRequestError(Exception):
    """A parameter that the API refuses."""


def create_app(store: EdfiStore, tokens: TokenIssuer, faults: FaultPlan | None = None) -> Starlette:
    """Build the application over a store; data standard 6 brings cursor paging with it."""
    api = _Api(store, tokens)
    data = "/data/v3/ed-fi/{resource}"
    return Starlette(
        routes=[
            Route("/", api.discovery),
            Route("/oauth/token", api.token, methods=["POST"]),
            Route("/metadata/data/v3/dependencies", api.dependencies),
            Route("/changeQueries/v1/availableChangeVersions", api.available_change_versions),
            Route(data, api.documents),
            Route(f"{data}/deletes", api.deletes),
            Route(f"{data}/keyChanges", api.key_changes),
            Route(f"{data}/partitions", api.partitions),
            Route(f"{data}/{{id}}", api.document),
        ],
        middleware=[Middleware(FaultMiddleware, plan=faults or FaultPlan(), store=store, tokens=tokens)],
        exception_handlers={_BadRequestError: _refused, HTTPException: _refused, EdfiStoreError: _missing},
    )


def _refused(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return problem(404 if error.status_code == 404 else 400, "There is nothing to be had at this address.")
    return problem(400, "The request has a parameter that is not valid.", str(error))


def _missing(request: Request, error: Exception) -> Response:
    return problem(404, "The specified resource item could not be found.")


class _Api:
    """Handlers of all routes; they are plain functions, so the server runs each in a thread of its own."""

    def __init__(self, store: EdfiStore, tokens: TokenIssuer) -> None:
        self._store = store
        self._tokens = tokens

    def discovery(self, request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        version = _VERSIONS[self._store.standard]
        return JSONResponse(
            {
                "version": "7.3",
                "applicationName": "Stocktake Ed-Fi emulator",
                "informationalVersion": "7.3",
                "suite": "3",
                "build": "7.3.0.0",
                "dataModels": [
                    {"name": "Ed-Fi", "version": version, "informationalVersion": f"The Ed-Fi Data Model {version}"}
                ],
                "urls": {
                    "dependencies": f"{base}/metadata/data/v3/dependencies",
                    "oauth": f"{base}/oauth/token",
                    "dataManagementApi": f"{base}/data/v3/",
                    "changeQueries": f"{base}/changeQueries/v1/",
                },
            }
        )

    def dependencies(self, request: Request) -> Response:
        return JSONResponse(
            [
                {"resource": f"/ed-fi/{name}", "order": order, "operations": ["Create", "Update"]}
                for order, name in enumerate(self._store.resources, start=1)
            ]
        )

    async def token(self, request: Request) -> Response:
        """Exchange credentials, in a Basic header or in the body, for a token."""
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        given = basic_credentials(request.headers.get("authorization", "")) or (
            form.get("client_id", ""),
            form.get("client_secret", ""),
        )
        if form.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        if not self._tokens.knows(*given):
            return JSONResponse({"error": "invalid_client"}, 401)
        answer = {
            "access_token": self._tokens.issue(),
            "expires_in": int(self._tokens.lifetime),
            "token_type": "bearer",
        }
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    def available_change_versions(self, request: Request) -> Response:
        if refusal := self._unauthorized(request):
            return refusal
        return JSONResponse(
            {
                "oldestChangeVersion": self._store.oldest_change_version,
                "newestChangeVersion": self._store.newest_change_version,
            }
        )

    def documents(self, request: Request) -> Response:
        """A page of a resource, by offset or, in data standard 6, by cursor."""
        resource = request.path_params["resource"]
        if refusal := self._unauthorized(request) or self._unknown(resource):
            return refusal
        window = _window(request.query_params)
        if "pageToken" in request.query_params or "pageSize" in request.query_params:
            return self._cursor_page(resource, window, request.query_params)
        limit, offset = _limit(request.query_params, "limit"), _whole(request.query_params, "offset", 0)
        headers = self._total(request.query_params, lambda: self._store.count(resource, window))
        if self._has_cursors(window) and offset == 0:
            documents, following = self._store.page_after(resource, window, limit, 0, _END)
            if documents:
                headers["Next-Page-Token"] = _cursor(following, _END)
        else:
            documents = self._store.page(resource, window, limit, offset)
        return _array(documents, headers)

    def document(self, request: Request) -> Response:
        resource = request.path_params["resource"]
        if refusal := self._unauthorized(request) or self._unknown(resource):
            return refusal
        return Response(self._store.shown(resource, request.path_params["id"]), media_type="application/json")

    def deletes(self, request: Request) -> Response:
        return self._changes(request, "deletes")

    def key_changes(self, request: Request) -> Response:
        return self._changes(request, "keyChanges")

    def partitions(self, request: Request) -> Response:
        """Tokens of the first page of each of several stretches, for clients that read side by side."""
        resource = request.path_params["resource"]
        window = _window(request.query_params)
        if refusal := self._unauthorized(request) or self._unknown(resource):
            return refusal
        if not self._has_cursors(window):
            return problem(404, "There is nothing to be had at this address.")
        number = _whole(request.query_params, "number", 5)
        if not 1 <= number <= MOST_PARTITIONS:
            raise _BadRequestError(f"Number must be between 1 and {MOST_PARTITIONS}.")
        stretches = self._store.partitions(resource, window, number)
        return JSONResponse({"pageTokens": [_cursor(*stretch) for stretch in stretches]})

    def _changes(self, request: Request, kind: str) -> Response:
        resource = request.path_params["resource"]
        if refusal := self._unauthorized(request) or self._unknown(resource):
            return refusal
        if resource in WITHOUT_CHANGE_QUERIES:
            return problem(404, "There is nothing to be had at this address.")
        window = _window(request.query_params)
        limit, offset = _limit(request.query_params, "limit"), _whole(request.query_params, "offset", 0)
        read = self._store.deletes if kind == "deletes" else self._store.key_changes
        rows = read(resource, window)
        return _array(
            [json.dumps(row) for row in rows[offset : offset + limit]],
            self._total(request.query_params, lambda: len(rows)),
        )

    def _cursor_page(self, resource: str, window: Window, parameters: Mapping[str, str]) -> Response:
        if "limit" in parameters or "offset" in parameters:
            raise _BadRequestError("Use limit and offset, or pageToken and pageSize, but not both.")
        if "pageToken" not in parameters:
            raise _BadRequestError("PageSize needs a pageToken.")
        if parameters.get("totalCount", "false").lower() == "true":
            raise _BadRequestError("The total count cannot be had with a pageToken.")
        if not self._has_cursors(window):
            raise _BadRequestError("Cursor paging cannot be had here.")
        first, stop = _read_cursor(parameters["pageToken"])
        documents, following = self._store.page_after(resource, window, _limit(parameters, "pageSize"), first, stop)
        return _array(documents, {"Next-Page-Token": _cursor(following, stop)} if documents else {})

    def _has_cursors(self, window: Window) -> bool:
        """A window with an upper end has none: a cursor walks on to rows that come later."""
        return self._store.standard >= 6 and window.last is None

    def _unauthorized(self, request: Request) -> Response | None:
        if self._tokens.accepts(request.headers.get("authorization", "")):
            return None
        return problem(401, "The caller could not be authenticated.", headers={"WWW-Authenticate": "Bearer"})

    def _unknown(self, resource: str) -> Response | None:
        if resource in self._store.resources:
            return None
        return problem(404, "The specified data resource could not be found.")

    @staticmethod
    def _total(parameters: Mapping[str, str], count: Callable[[], int]) -> dict[str, str]:
        if parameters.get("totalCount", "false").lower() != "true":
            return {}
        return {"Total-Count": str(count())}


def _array(documents: list[str], headers: dict[str, str]) -> Response:
    return Response("[" + ",".join(documents) + "]", headers=headers, media_type="application/json")


def _window(parameters: Mapping[str, str]) -> Window:
    ends = [
        _whole(parameters, name, 0) if name in parameters else None for name in ("minChangeVersion", "maxChangeVersion")
    ]
    return Window(*ends)


def _limit(parameters: Mapping[str, str], name: str) -> int:
    limit = _whole(parameters, name, DEFAULT_LIMIT)
    if limit > LARGEST_LIMIT:
        raise _BadRequestError(f"{name} must be omitted or set to a value between 0 and {LARGEST_LIMIT}.")
    return limit


def _whole(parameters: Mapping[str, str], name: str, default: int) -> int:
    text = parameters.get(name, str(default))
    if not text.isascii() or not text.isdigit():
        raise _BadRequestError(f"{name} must be a whole number of 0 or more.")
    return int(text)


def _cursor(first: int, stop: int) -> str:
    return base64.urlsafe_b64encode(f"{first},{stop}".encode()).decode().rstrip("=")


def _read_cursor(token: str) -> tuple[int, int]:
    try:
        text = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True).decode("ascii")
        first, stop = (int(part) for part in text.split(","))
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise _BadRequestError("The pageToken is none that this API has given.") from error
    return first, stop
