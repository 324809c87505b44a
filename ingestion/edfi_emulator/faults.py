"""Makes the emulator fail as real servers and networks do, at a request of the caller's choice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingestion.edfi_emulator.problems import problem
from ingestion.edfi_emulator.store import EdfiStore
from ingestion.edfi_emulator.tokens import TokenIssuer

_SIGN_IN_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>"


class FaultKind(StrEnum):
    """What goes wrong."""

    TOKEN_EXPIRES_EARLY = "token-expires-early"  # noqa: S105
    UNAUTHORIZED = "unauthorized"
    TOO_MANY_REQUESTS = "too-many-requests"
    SERVER_ERROR = "server-error"
    CONNECTION_CUT = "connection-cut"
    TRUNCATED_JSON = "truncated-json"
    HTML = "html"
    SLOW = "slow"
    ROWS_CHANGE = "rows-change"


@dataclass
class Fault:
    """One thing that goes wrong.

    path:        only requests whose path ends in this fail (a resource, `deletes`, `oauth/token`); "" stands for any
                 request for data.
    after:       how many such requests go well first.
    times:       how many then fail.
    seconds:     how long a slow answer takes; what Retry-After says with 429.
    change:      what happens to the store after the page was read, for rows that change while a client pages.
    """

    kind: FaultKind
    path: str = ""
    after: int = 0
    times: int = 1
    seconds: float = 1.0
    change: Callable[[EdfiStore], None] | None = None
    seen: int = field(default=0, init=False)

    def strikes(self, path: str) -> bool:
        """Count a request, and tell whether it is to fail."""
        concerned = path.rstrip("/").endswith(self.path) if self.path else "/data/v3/" in path
        if not concerned:
            return False
        self.seen += 1
        return self.after < self.seen <= self.after + self.times


class FaultPlan:
    """Faults to come; each request meets the first that is due, and every fault counts every request it concerns."""

    def __init__(self, *faults: Fault) -> None:
        self._faults = list(faults)
        self._lock = Lock()

    def add(self, fault: Fault) -> None:
        """Plan one more fault, from the next request on."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Plan nothing any more."""
        with self._lock:
            self._faults.clear()

    def due(self, path: str) -> Fault | None:
        """Return the fault that a request meets, if any."""
        with self._lock:
            due = [fault for fault in self._faults if fault.strikes(path)]
        return due[0] if due else None


def parse_fault(text: str) -> Fault:
    """Read a fault as it is written on the command line: KIND[:TIMES[:SECONDS]], as in `too-many-requests:3:2.5`.

    Raises ValueError when the kind is unknown or a number is none; `rows-change` needs Python.
    """
    kind, *numbers = text.split(":")
    known = [name.value for name in FaultKind if name is not FaultKind.ROWS_CHANGE]
    try:
        if kind not in known or len(numbers) > 2:
            raise ValueError
        times, seconds = int(numbers[0]) if numbers else 1, float(numbers[1]) if len(numbers) == 2 else 1.0
    except ValueError:
        raise ValueError(
            f"{text!r} is no fault; write KIND[:TIMES[:SECONDS]] with one of {', '.join(known)}."
        ) from None
    return Fault(FaultKind(kind), times=times, seconds=seconds)


class FaultMiddleware:
    """Lets requests through to the API, or fails them as the plan says."""

    def __init__(self, app: ASGIApp, *, plan: FaultPlan, store: EdfiStore, tokens: TokenIssuer) -> None:
        self._app = app
        self._plan = plan
        self._store = store
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._plan.due(scope["path"]) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        match fault.kind:
            case FaultKind.TOKEN_EXPIRES_EARLY:
                self._tokens.revoke_all()
                await self._app(scope, receive, send)
            case FaultKind.UNAUTHORIZED:
                await problem(401, "The token is not accepted just now.")(scope, receive, send)
            case FaultKind.TOO_MANY_REQUESTS:
                answer = problem(429, "Slow down.", headers={"Retry-After": f"{fault.seconds:g}"})
                await answer(scope, receive, send)
            case FaultKind.SERVER_ERROR:
                await problem(500, "An unexpected problem has occurred.")(scope, receive, send)
            case FaultKind.SLOW:
                await asyncio.sleep(fault.seconds)
                await self._app(scope, receive, send)
            case FaultKind.CONNECTION_CUT | FaultKind.TRUNCATED_JSON | FaultKind.HTML:
                await self._spoil(fault.kind, scope, receive, send)
            case FaultKind.ROWS_CHANGE:
                await self._app(scope, receive, send)
                if fault.change is not None:
                    await asyncio.to_thread(fault.change, self._store)

    async def _spoil(self, kind: FaultKind, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the API does, but with a body that does not arrive whole or is none of its own."""
        kept: list[Message] = []

        async def keep(message: Message) -> None:
            kept.append(message)

        await self._app(scope, receive, keep)
        start = kept[0]
        body = b"".join(message.get("body", b"") for message in kept[1:])
        headers = MutableHeaders(scope=start)
        half = body[: len(body) // 2]
        if kind is FaultKind.HTML:
            half = _SIGN_IN_PAGE
            start["status"] = 200
            headers["content-type"] = "text/html"
        if kind is not FaultKind.CONNECTION_CUT:
            headers["content-length"] = str(len(half))
        await send(start)
        # With half of the announced length sent and no more to come, the server drops the connection.
        await send({"type": "http.response.body", "body": half, "more_body": kind is FaultKind.CONNECTION_CUT})
