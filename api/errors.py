"""Every error of the API, as RFC 9457 problem documents that say what is wrong, where, and how to mend it.

ApiError
├── MalformedRequestError        422  a parameter is missing, unknown, repeated or not of its type
├── UnknownMetricError           404
├── UnknownSavedQueryError       404
├── UnknownSnapshotError         404
├── UnknownDimensionError        422
├── DimensionNotAllowedError     422
├── UnknownMemberError           422
├── UnknownSchoolYearError       422
├── UnknownValueError            422
├── TooMuchAskedError            422
├── QueryRefusedError            422  the semantic layer cannot express it
├── MetricNotCertifiedError      409
├── NoSnapshotError              503
├── SnapshotUnreadableError      503
├── NoReportError                503
├── ReportUnreadableError        503
├── NotFoundError                404  no such address
├── MethodNotAllowedError        405
└── InternalError                500  never says what failed inside; the log does
"""

import logging
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any, ClassVar

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from api.snapshots.pointer import Reason

MEDIA_TYPE = "application/problem+json"

log = logging.getLogger("stocktake.api")


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    type: str = Field(description="Reference to the description of this kind of problem.")
    title: str = Field(description="The kind of problem; the same for each occurrence.")
    status: int = Field(description="The HTTP status code.")
    detail: str = Field(description="What went wrong this time.")
    instance: str = Field(description="The request that met the problem.")
    where: str = Field(description="The part of the request, or of the platform, that the problem is in.")
    remedy: str = Field(description="What to do about it.")
    did_you_mean: str | None = Field(None, description="The valid value that is nearest to the one given.")
    alternatives: list[str] = Field([], description="Values that are valid here.")
    reasons: list[Reason] = Field([], description="The failed checks behind the problem, each with its fix.")


class ApiError(Exception):
    """Base of all errors that a client is told of."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Internal error"

    def __init__(
        self,
        detail: str,
        *,
        where: str,
        remedy: str,
        given: str | None = None,
        alternatives: Iterable[str] = (),
        reasons: Sequence[Reason] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        """`given` is the value that was refused: the nearest of `alternatives` is offered in its place."""
        super().__init__(detail)
        self.detail = detail
        self.where = where
        self.remedy = remedy
        self.alternatives = list(alternatives)
        self.did_you_mean = nearest(given, self.alternatives) if given is not None else None
        self.reasons = list(reasons)
        self.headers = headers or {}

    def problem(self, instance: str) -> Problem:
        """The document that the client receives."""
        return Problem(
            type=f"/docs#{self.slug}",
            title=self.title,
            status=self.status,
            detail=self.detail,
            instance=instance,
            where=self.where,
            remedy=self.remedy,
            did_you_mean=self.did_you_mean,
            alternatives=self.alternatives,
            reasons=self.reasons,
        )


class MalformedRequestError(ApiError):
    """A parameter is missing, unknown, repeated or not of its type."""

    status, slug, title = 422, "malformed-request", "The request is malformed"


class UnknownMetricError(ApiError):
    """No metric has this id."""

    status, slug, title = 404, "unknown-metric", "Unknown metric"


class UnknownSavedQueryError(ApiError):
    """No saved query has this id."""

    status, slug, title = 404, "unknown-saved-query", "Unknown saved query"


class UnknownSnapshotError(ApiError):
    """No snapshot has this id, or it is no longer kept."""

    status, slug, title = 404, "unknown-snapshot", "Unknown snapshot"


class UnknownDimensionError(ApiError):
    """No dimension has this id."""

    status, slug, title = 422, "unknown-dimension", "Unknown dimension"


class DimensionNotAllowedError(ApiError):
    """The dimension exists, but the metric is not defined for it."""

    status, slug, title = 422, "dimension-not-allowed", "The metric cannot be split by this dimension"


class UnknownMemberError(ApiError):
    """The dimension has no such member."""

    status, slug, title = 422, "unknown-member", "Unknown member of a dimension"


class UnknownSchoolYearError(ApiError):
    """The published snapshot has no such school year."""

    status, slug, title = 422, "unknown-school-year", "Unknown school year"


class UnknownValueError(ApiError):
    """A filter names a value that does not occur, so that an empty answer would mislead."""

    status, slug, title = 422, "unknown-value", "Unknown value of a filter"


class TooMuchAskedError(ApiError):
    """More metrics, dimensions or rows than one answer may have."""

    status, slug, title = 422, "too-much-asked", "Too much is asked in one request"


class QueryRefusedError(ApiError):
    """Metrics and dimensions go together by their definitions, but no SQL can be made of the query."""

    status, slug, title = 422, "query-refused", "The semantic layer cannot express the query"


class MetricNotCertifiedError(ApiError):
    """The metric has never passed its checks, so there is no figure that could be served."""

    status, slug, title = 409, "metric-not-certified", "The metric has never passed its checks"


class NoSnapshotError(ApiError):
    """Nothing has been published yet."""

    status, slug, title = 503, "no-snapshot", "Nothing has been published yet"


class SnapshotUnreadableError(ApiError):
    """The published files are there but cannot be read."""

    status, slug, title = 503, "snapshot-unreadable", "The published snapshot cannot be read"


class NoReportError(ApiError):
    """No report on data quality has been published yet, which says nothing about the data."""

    status, slug, title = 503, "no-report", "No report on data quality has been published yet"


class ReportUnreadableError(ApiError):
    """The published report on data quality is there but cannot be read."""

    status, slug, title = 503, "report-unreadable", "The report on data quality cannot be read"


class NotFoundError(ApiError):
    """There is nothing at this address."""

    status, slug, title = 404, "not-found", "There is nothing at this address"


class MethodNotAllowedError(ApiError):
    """The address exists, but does not take this method."""

    status, slug, title = 405, "method-not-allowed", "Method not allowed"


class InternalError(ApiError):
    """The API itself failed."""


PROBLEMS: tuple[type[ApiError], ...] = (
    MalformedRequestError,
    UnknownMetricError,
    UnknownSavedQueryError,
    UnknownSnapshotError,
    UnknownDimensionError,
    DimensionNotAllowedError,
    UnknownMemberError,
    UnknownSchoolYearError,
    UnknownValueError,
    TooMuchAskedError,
    QueryRefusedError,
    MetricNotCertifiedError,
    NoSnapshotError,
    SnapshotUnreadableError,
    NoReportError,
    ReportUnreadableError,
    NotFoundError,
    MethodNotAllowedError,
    InternalError,
)


def quoted(value: str) -> str:
    """What the client sent, quoted and cut to a length that suits a message."""
    return f"'{value}'" if len(value) <= 80 else f"'{value[:77]}...'"


def nearest(given: str, alternatives: Iterable[str]) -> str | None:
    """The alternative most like `given`, or the first that contains it; None when there is neither."""
    folded = {alternative.casefold(): alternative for alternative in alternatives}
    # Long input cannot be a slip of the pen, and comparing it with hundreds of school names would cost time.
    wanted = given.casefold()[:80]
    close = get_close_matches(wanted, folded, n=1, cutoff=0.6)
    containing = [name for name in folded if len(wanted) > 2 and wanted in name]
    return next((folded[name] for name in [*close, *containing]), None)


def problem_response(request: Request, error: ApiError) -> Response:
    """The HTTP response for `error`."""
    query = f"?{request.url.query}" if request.url.query else ""
    document = error.problem(instance=f"{request.url.path}{query}"[:500])
    return Response(
        document.model_dump_json(exclude_defaults=True),
        status_code=error.status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **error.headers},
    )


def add_error_handlers(app: FastAPI) -> None:
    """Make every error of `app`, foreseen or not, a problem document."""

    @app.exception_handler(ApiError)
    def known(request: Request, error: ApiError) -> Response:
        return problem_response(request, error)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        return problem_response(request, _malformed(request, error))

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        return problem_response(request, _from_http(request, error))

    @app.exception_handler(Exception)
    def unforeseen(request: Request, error: Exception) -> Response:
        log.error("request to %s failed", request.url.path, exc_info=error)
        return problem_response(
            request,
            InternalError(
                "The API could not answer this request because of a fault of its own.",
                where="the API",
                remedy="Try again; if it fails again, tell the operator the time and the address.",
            ),
        )


def _malformed(request: Request, error: RequestValidationError) -> MalformedRequestError:
    """The first validation error; FastAPI reports them in the order of the parameters."""
    first: dict[str, Any] = error.errors()[0]
    location = [str(part) for part in first["loc"]]
    name = location[1] if len(location) > 1 else location[0]
    where = f"{location[0]} parameter {quoted(name)}"
    known = _query_parameters(request)
    listed = ", ".join(known)
    if first["type"] == "extra_forbidden":
        return MalformedRequestError(
            f"There is no query parameter {quoted(name)}.",
            where=where,
            remedy=f"Use only these query parameters: {listed}." if known else "Send no query parameters here.",
            given=name,
            alternatives=known,
        )
    if first["type"] == "missing":
        return MalformedRequestError(
            f"The query parameter {quoted(name)} is missing.",
            where=where,
            remedy=f"Add {name}=... to the address.",
        )
    return MalformedRequestError(f"{first['msg']}.", where=where, remedy=f"Correct {quoted(name)}; /docs has examples.")


def _query_parameters(request: Request) -> list[str]:
    path = getattr(request.scope.get("route"), "path", request.url.path)
    operation = request.app.openapi()["paths"].get(path, {}).get("get", {})
    return [parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "query"]


def _from_http(request: Request, error: HTTPException) -> ApiError:
    path = request.url.path
    headers = dict(error.headers or {})
    if error.status_code == 405:
        return MethodNotAllowedError(
            f"{quoted(path)} does not take {request.method}.",
            where="method of the request",
            remedy=f"Use {headers.get('Allow', 'GET')}; this API only reads.",
            headers=headers,
        )
    if error.status_code == 404:
        paths = list(request.app.openapi()["paths"])
        return NotFoundError(
            f"There is nothing at {quoted(path)}.",
            where="path of the request",
            remedy="See /docs for the addresses that exist.",
            given=path,
            alternatives=paths,
        )
    generic = InternalError(str(error.detail), where="the request", remedy="See /docs.", headers=headers)
    generic.status = error.status_code  # type: ignore[misc]  # a status that no route of ours raises
    return generic
