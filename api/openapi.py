"""The OpenAPI description: problem documents with examples beside every answer."""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from api.errors import MEDIA_TYPE, Problem

Responses = dict[int | str, dict[str, Any]]
Example = dict[str, Any]


def ok(example: Example) -> dict[str, Any]:
    """The 200 entry of a route's `responses`, with a real answer as example."""
    return {"content": {"application/json": {"example": example}}}


def problems(*examples: Example) -> Responses:
    """The error entries of a route's `responses`: one per status, one example per kind of problem."""
    responses: Responses = {}
    for example in examples:
        entry = responses.setdefault(
            example["status"],
            {
                "description": example["title"],
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}},
            },
        )
        kind = example["type"].removeprefix("/docs#")
        entry["content"][MEDIA_TYPE]["examples"][kind] = {"summary": example["title"], "value": example}
    return responses


def openapi_of(app: FastAPI, routers: Sequence[APIRouter]) -> Callable[[], dict[str, Any]]:
    """The function that describes `app`, whose routes come from `routers`; the description is made once."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            described = get_openapi(
                title=app.title, version=app.version, description=app.description, routes=app.routes
            )
            schemas = described["components"]["schemas"]
            # No route returns it as its model, so FastAPI does not know of it.
            problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update({**problem.pop("$defs", {}), "Problem": problem})
            for router in routers:
                for route in router.routes:
                    if isinstance(route, APIRoute) and route.include_in_schema:
                        _correct(described["paths"][route.path]["get"]["responses"], route)
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            app.openapi_schema = described
        return app.openapi_schema

    return describe


def _correct(answers: dict[str, Any], route: APIRoute) -> None:
    """Restore the nulls that FastAPI drops from examples, and drop its own errors, which are never sent."""
    for undeclared in set(answers) - {"200", *map(str, route.responses)}:
        del answers[undeclared]
    for status, entry in route.responses.items():
        for media_type, content in entry["content"].items():
            whole = {name: value for name, value in content.items() if name in ("example", "examples")}
            answers[str(status)]["content"][media_type].update(whole)
