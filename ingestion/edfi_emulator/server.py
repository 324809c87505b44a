"""Runs the emulator on loopback: in a thread for tests, or until Ctrl-C by hand."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import uvicorn

from ingestion.edfi_emulator.app import create_app
from ingestion.edfi_emulator.faults import FaultPlan
from ingestion.edfi_emulator.store import EdfiStore
from ingestion.edfi_emulator.tokens import TokenIssuer

HOST = "127.0.0.1"
_SECONDS_TO_START = 30.0


@dataclass(frozen=True)
class RunningEmulator:
    """What a client needs to know of an emulator, and what a test needs to disturb it."""

    base_url: str
    store: EdfiStore
    tokens: TokenIssuer
    faults: FaultPlan


@contextmanager
def serve(
    store: EdfiStore,
    port: int = 0,
    *,
    client_id: str = "sample-key",
    client_secret: str = "sample-secret",  # noqa: S107
    token_lifetime: float = 1800,
    faults: FaultPlan | None = None,
) -> Iterator[RunningEmulator]:
    """Serve a store over HTTP in a thread; port 0 takes any free one.

    Raises RuntimeError when the server does not come up, as with a port that is taken.
    """
    plan, tokens = faults or FaultPlan(), TokenIssuer(client_id, client_secret, token_lifetime)
    server = _server(store, tokens, plan, port)
    thread = threading.Thread(target=server.run_quietly, name="edfi-emulator", daemon=True)
    thread.start()
    try:
        if not server.came_up.wait(_SECONDS_TO_START) or not server.started:
            raise RuntimeError(f"The Ed-Fi emulator cannot listen on {HOST}:{port}.")
        listening = server.servers[0].sockets[0].getsockname()[1]
        yield RunningEmulator(f"http://{HOST}:{listening}", store, tokens, plan)
    finally:
        server.should_exit = True
        thread.join(10)


def run_until_stopped(store: EdfiStore, tokens: TokenIssuer, faults: FaultPlan, port: int) -> None:
    """Serve a store until Ctrl-C or a signal to end."""
    _server(store, tokens, faults, port).run()


class _Server(uvicorn.Server):
    """Tells when it listens, or when it has given up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.came_up = threading.Event()

    def run_quietly(self) -> None:
        """Run in a thread of its own, where a port that is taken ends the thread and not the program."""
        with suppress(SystemExit):
            self.run()

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        try:
            await super().startup()
        finally:
            self.came_up.set()


def _server(store: EdfiStore, tokens: TokenIssuer, faults: FaultPlan, port: int) -> _Server:
    # Errors are part of what is served, so the server's own account of them would only be noise.
    config = uvicorn.Config(
        create_app(store, tokens, faults),
        host=HOST,
        port=port,
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    return _Server(config)
