"""`/healthz` for whatever watches the process, and `/docs` for whoever reads."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from api import examples
from api.dependencies import StoreDep
from api.docs_page import CONTENT_SECURITY_POLICY, docs_page
from api.openapi import ok
from api.responses import Health

router = APIRouter(tags=["service"])


@router.get("/healthz", summary="Is the process up?", responses={200: ok(examples.HEALTH)})
def health(store: StoreDep) -> Health:
    """Always 200 while the process answers; `serving` is false before anything has been published."""
    with store.lease() as served:
        pointer = served.pointer
        return Health(
            status="ok",
            serving=pointer is not None,
            snapshot_id=pointer.snapshot_id if pointer is not None else None,
        )


@router.get("/docs", include_in_schema=False)
def docs(request: Request) -> HTMLResponse:
    """The description of the API for people; it needs no network."""
    return HTMLResponse(docs_page(request.app.openapi()), headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY})


@router.get("/", include_in_schema=False)
def root() -> RedirectResponse:
    """Someone who opens the bare address wants the description."""
    return RedirectResponse("/docs", status_code=307)
