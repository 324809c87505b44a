"""How a district's Ed-Fi API is reached: `sources: {edfi: {connection: ...}}` in the district file."""

from http import HTTPStatus

from pydantic import Field, field_validator

from ingestion.api_connection import ApiConnection, safe_url
from ingestion.json_api import JsonApi

SYSTEM = "edfi"

_REMEDIES: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "The server does not take these parameters; is page_size larger than it allows?",
    HTTPStatus.UNAUTHORIZED: "It does not accept a fresh token either. Check that the API client is still active.",
    HTTPStatus.FORBIDDEN: "Its claim set must allow reading this resource, and ReadChanges for deletes and keyChanges. "
    "Ask the API's administrator, or list the resources to read under `deliveries` in the district file.",
    HTTPStatus.NOT_FOUND: "Check base_url, and that the server has this resource; "
    "otherwise list the resources to read under `deliveries` in the district file.",
    HTTPStatus.TOO_MANY_REQUESTS: "It asks for fewer requests. Run again later, or raise max_wait_seconds.",
}


class EdfiConnection(ApiConnection):
    """One API and the manners in which it is asked.

    Attributes:
        base_url: address of the API's discovery document, with tenant and school year where the server has them.
        page_size: rows per page; no more than the server allows, which by default is 500.
        overlap: change versions that are read again each time, because a transaction may commit after a later one.
        full_refresh_days: everything is read anew after so many days, for rows that the client newly may see;
            0 means every time.
    """

    base_url: str
    page_size: int = Field(default=500, ge=1, le=10_000)
    overlap: int = Field(default=10_000, ge=0)
    full_refresh_days: int = Field(default=7, ge=0)

    @field_validator("base_url")
    @classmethod
    def _safe_address(cls, value: str) -> str:
        return safe_url(value)


def edfi_api(connection: EdfiConnection) -> JsonApi:
    """A client of the API; nothing is sent."""
    return JsonApi(SYSTEM, connection.base_url, connection, _REMEDIES)
