"""`/v1/dimensions`: the lenses that figures can be seen through."""

from fastapi import APIRouter, Request, Response

from api import examples
from api.conditional import conditional_response
from api.dependencies import SettingsDep, StoreDep
from api.openapi import ok, problems
from api.responses import DimensionList

router = APIRouter(prefix="/v1/dimensions", tags=["metrics"])


@router.get(
    "",
    response_model=DimensionList,
    summary="All dimensions",
    responses={
        200: ok(examples.DIMENSION_LIST),
        **problems(examples.NO_SNAPSHOT, examples.SNAPSHOT_UNREADABLE),
    },
)
def list_dimensions(request: Request, store: StoreDep, settings: SettingsDep) -> Response:
    """Every dimension with its members, in the order in which answers sort them; `unknown` is one of them."""
    with store.lease() as served:
        return conditional_response(
            request,
            served,
            settings,
            lambda: DimensionList(
                snapshot_id=served.current().id, data=list(served.current().catalogue.dimensions.values())
            ),
        )
