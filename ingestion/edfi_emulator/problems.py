"""Errors in the form of RFC 9457 problem documents, with the types that Ed-Fi's API uses."""

from __future__ import annotations

import secrets

from starlette.responses import JSONResponse

_TYPES = {
    400: ("bad-request:parameter", "Parameter Validation Failed"),
    401: ("security:authentication", "Authentication Failed"),
    404: ("not-found", "Not Found"),
    429: ("too-many-requests", "Too Many Requests"),
    500: ("internal-server-error", "Internal Server Error"),
}


def problem(status: int, detail: str, *errors: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return a problem response of one of the known statuses."""
    kind, title = _TYPES[status]
    body: dict[str, object] = {
        "detail": detail,
        "type": f"urn:ed-fi:api:{kind}",
        "title": title,
        "status": status,
        "correlationId": secrets.token_hex(16),
    }
    if errors:
        body["errors"] = list(errors)
    return JSONResponse(body, status, headers, media_type="application/problem+json")
