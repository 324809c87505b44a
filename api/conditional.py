"""Answers that a client may keep and ask about again: entity tags, 304, and JSON without a detour."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel
from pydantic_core import to_json

from api.settings import ApiSettings
from api.snapshots.store import Served

# Figures are for the reader who asked; a copy is good as long as the tag is, which the client must ask about.
CACHE_CONTROL = "private, no-cache"


def conditional_response(
    request: Request,
    served: Served,
    settings: ApiSettings,
    build: Callable[[], BaseModel | Mapping[str, Any]],
) -> Response:
    """304 if the client's copy is current, else the answer of `build`, which is only called in that case."""
    tag = entity_tag(request, served, settings)
    headers = {"ETag": tag, "Cache-Control": CACHE_CONTROL}
    if _matches(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    built = build()
    body = built.model_dump_json() if isinstance(built, BaseModel) else to_json(built)
    return Response(body, media_type="application/json", headers=headers)


def entity_tag(request: Request, served: Served, settings: ApiSettings) -> str:
    """A tag of what is served, the rules and the question; weak, as bodies may be sent compressed."""
    question = f"{served.tag}\0{settings.minimum_n}\0{request.url.path}?{request.url.query}"
    return f'W/"{hashlib.sha256(question.encode()).hexdigest()[:24]}"'


def _matches(if_none_match: str | None, tag: str) -> bool:
    if if_none_match is None:
        return False
    known = {candidate.strip().removeprefix("W/") for candidate in if_none_match.split(",")}
    return "*" in known or tag.removeprefix("W/") in known
