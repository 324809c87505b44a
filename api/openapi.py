"""The OpenAPI description: problem documents with examples beside every answer."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.errors import MEDIA_TYPE, Problem

Responses = dict[int | str, dict[str, Any]]
Example = dict[str, Any]


def ok(example: Example) -> dict[str, Any]:
    """The 200 entry of a route's `responses`, with a real answer as example."""
    return {"content": {"application/json": {"example": example}}}


def problems(*examples: Example) -> Responses:
    """The error entries of a route's `responses`: one per status, with one example for each kind of problem."""
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


def openapi_of(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """The function that describes `app`; the description is made once."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            described = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                tags=app.openapi_tags,
                routes=app.routes,
            )
            # No route returns it as its model, so FastAPI does not know of it.
            schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            components = described.setdefault("components", {}).setdefault("schemas", {})
            components.update({**schema.pop("$defs", {}), "Problem": schema})
            app.openapi_schema = described
        return app.openapi_schema

    return describe
