"""`/v1/status`: what is served, and how the last run ended."""

from fastapi import APIRouter, Request, Response

from api import examples
from api.conditional import conditional_response
from api.dependencies import SettingsDep, StoreDep
from api.notices import served_notices
from api.openapi import ok
from api.responses import ServedStatus, Status
from api.snapshots.store import Served

router = APIRouter(prefix="/v1/status", tags=["service"])


@router.get("", response_model=Status, summary="What is served now", responses={200: ok(examples.STATUS)})
def status(request: Request, store: StoreDep, settings: SettingsDep) -> Response:
    """Which snapshot serves each metric, what is held and why, and the last run; even before any."""
    with store.lease() as served:
        return conditional_response(request, served, settings, lambda: _status(served))


def _status(served: Served) -> Status:
    pointer = served.pointer
    newest = served.newest
    notices = served_notices(served)
    if pointer is None and served.trouble is None:
        notices.append("Nothing has been published yet; run `stocktake run`.")
    return Status(
        snapshot_id=pointer.snapshot_id if pointer else None,
        published_at=pointer.published_at if pointer else None,
        as_of=newest.facts.as_of if newest else None,
        district=newest.facts.district if newest else None,
        school_years=list(newest.facts.school_years) if newest else [],
        metrics={
            metric_id: ServedStatus(
                snapshot_id=metric.snapshot_id,
                state=metric.state,
                as_of=metric.as_of,
                held=metric.held,
                windows=list(metric.windows),
            )
            for metric_id, metric in (pointer.metrics if pointer else {}).items()
        },
        freshness=list(newest.facts.freshness) if newest else [],
        last_attempt=served.attempt,
        notices=notices,
    )
