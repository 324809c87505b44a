"""The application, from settings to routes; read it as a table of contents."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware

from api.errors import add_error_handlers
from api.http_methods import HeadAndOptions
from api.openapi import openapi_of
from api.routes import (
    dimensions,
    findings,
    freshness,
    health,
    identity,
    metrics,
    quality,
    query,
    saved_queries,
    snapshots,
    status,
)
from api.settings import ApiSettings
from api.snapshots.store import SnapshotStore

VERSION = "1.0.0"
DESCRIPTION = (
    "Outcome metrics of a school district, split by any student group, from figures that passed checks. "
    "Every answer says how recent and how well verified its figures are."
)
GZIP_FROM_BYTES = 1_000
ROUTERS = (
    metrics.router,
    dimensions.router,
    query.router,
    saved_queries.router,
    snapshots.router,
    quality.router,
    findings.router,
    freshness.router,
    identity.router,
    status.router,
    health.router,
)


def create_app(settings: ApiSettings | None = None) -> FastAPI:
    """The metrics API for one serving folder. Nothing is read before start-up or the first request."""
    settings = settings or ApiSettings()
    app = FastAPI(
        title="Stocktake metrics API",
        version=VERSION,
        description=DESCRIPTION,
        lifespan=_lifespan,
        docs_url=None,  # FastAPI's own page loads its scripts from elsewhere; ours is in routes/health.py
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.store = SnapshotStore(
        settings.resolved_serving_dir, threads=settings.api_query_threads, memory=settings.api_query_memory
    )

    for router in ROUTERS:
        app.include_router(router)

    add_error_handlers(app)
    # The middleware added last sees a request first.
    app.add_middleware(GZipMiddleware, minimum_size=GZIP_FROM_BYTES)
    app.add_middleware(HeadAndOptions)
    if settings.api_allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.api_allowed_origins,
            allow_methods=["GET", "HEAD", "OPTIONS"],
            expose_headers=["ETag"],
        )
    app.openapi = openapi_of(app, ROUTERS)  # type: ignore[method-assign]  # the way that FastAPI documents
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open what is published before the first request has to wait for it, and close it at the end."""
    store: SnapshotStore = app.state.store
    with store.lease():
        pass
    yield
    store.close()
