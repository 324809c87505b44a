"""`/v1/saved-queries`: questions that are asked again and again, by name, and their answers."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from api import examples
from api.conditional import conditional_response
from api.dependencies import SettingsDep, StoreDep
from api.errors import UnknownSavedQueryError, quoted
from api.openapi import ok, problems
from api.responses import QueryAnswer, SavedQueryList
from api.routes.query import query_answer
from api.semantic.request import QueryParameters, school_year_field
from api.semantic.saved_queries import SavedQuery
from api.snapshots.store import Served

router = APIRouter(prefix="/v1/saved-queries", tags=["figures"])


class SavedQueryParameters(BaseModel):
    """The query string of /v1/saved-queries/{name}."""

    model_config = ConfigDict(extra="forbid")

    school_year: list[str] = school_year_field()


@router.get(
    "",
    response_model=SavedQueryList,
    summary="All saved queries",
    responses={
        200: ok(examples.SAVED_QUERY_LIST),
        **problems(examples.NO_SNAPSHOT, examples.SNAPSHOT_UNREADABLE),
    },
)
def list_saved_queries(request: Request, store: StoreDep, settings: SettingsDep) -> Response:
    """Every saved query with its question in plain language, and what it asks for."""
    with store.lease() as served:
        return conditional_response(
            request,
            served,
            settings,
            lambda: SavedQueryList(snapshot_id=served.current().id, data=list(served.current().saved_queries.values())),
        )


@router.get(
    "/{name}",
    response_model=QueryAnswer,
    summary="Answer of a saved query",
    responses={
        200: ok(examples.QUERY_ANSWER),
        **problems(
            examples.UNKNOWN_SAVED_QUERY,
            examples.METRIC_NOT_CERTIFIED,
            examples.MALFORMED_REQUEST,
            examples.UNKNOWN_MEMBER,
            examples.UNKNOWN_SCHOOL_YEAR,
            examples.TOO_MUCH_ASKED,
            examples.QUERY_REFUSED,
            examples.NO_SNAPSHOT,
            examples.SNAPSHOT_UNREADABLE,
        ),
    },
)
def get_saved_query(
    name: Annotated[str, Path(description="Id of a saved query.", examples=["chronic_absence_by_race_ethnicity"])],
    parameters: Annotated[SavedQueryParameters, Query()],
    request: Request,
    store: StoreDep,
    settings: SettingsDep,
) -> Response:
    """The figures that /v1/query gives to the same question; of the latest school year unless others are named."""
    with store.lease() as served:
        return conditional_response(
            request,
            served,
            settings,
            lambda: query_answer(_parameters(_saved_query(name, served), parameters), served, settings),
        )


def _saved_query(name: str, served: Served) -> SavedQuery:
    known = served.current().saved_queries
    if name not in known:
        raise UnknownSavedQueryError(
            f"There is no saved query {quoted(name)}.",
            where="path of the request",
            remedy="Use one of the ids that /v1/saved-queries lists, or ask /v1/query.",
            given=name,
            alternatives=known,
        )
    return known[name]


def _parameters(query: SavedQuery, asked: SavedQueryParameters) -> QueryParameters:
    return QueryParameters(
        metrics=list(query.metrics),
        group_by=list(query.group_by),
        filter=[f"{one.dimension}:{','.join(one.members)}" for one in query.filters],
        school_year=asked.school_year,
    )
