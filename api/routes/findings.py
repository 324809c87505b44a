"""`/v1/quality/results`: the records that fail a rule, page by page; nobody's id is in it."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api import examples
from api.conditional import conditional_response
from api.dependencies import SettingsDep, StoreDep
from api.errors import MalformedRequestError
from api.notices import served_notices
from api.openapi import ok, problems
from api.quality_links import QUALITY_PATH
from api.responses import Finding, FindingList
from api.rule_filters import check_value, chosen_rules, filter_field
from api.semantic.request import split_list
from api.snapshots.report import CATALOG, COUNTED, SEVERITIES, FindingCounts, JudgedRule, Report, utc_text
from api.snapshots.store import Served

router = APIRouter(prefix=f"{QUALITY_PATH}/results", tags=["quality"])

MAX_LIMIT = 1_000

_Place = tuple[int, int, str]
"""Where a finding stands in the order: severity, first seen in microseconds, id."""
_PLACE: TypeAdapter[_Place] = TypeAdapter(_Place)


class FindingParameters(BaseModel):
    """The query string of /v1/quality/results."""

    model_config = ConfigDict(extra="forbid")

    rule: list[str] = filter_field("Ids of rules.", "ID-01")
    table: list[str] = filter_field("Source tables or marts.", "sis_files__attendance")
    severity: list[str] = filter_field("`fatal`, `error`, `warn` or `info`.", "fatal")
    domain: list[str] = filter_field("What the rules are about.", "attendance")
    metric: list[str] = filter_field("Findings that these metrics depend on.", "chronic_absence_rate")
    owner_role: list[str] = filter_field("Who owns the data.", "student_information_manager")
    fixed_by: list[str] = filter_field("Who can mend it.", "registrar")
    school: list[str] = filter_field("Numbers of schools.", "101")
    status: Literal["open", "waived", "resolved", "all"] = Field(
        "open", description="`resolved` findings stay listed for thirty days."
    )
    overdue: bool | None = Field(None, description="Only those that are overdue, or only those that are not.")
    limit: int = Field(100, ge=1, le=MAX_LIMIT, description="Findings on a page.")
    after: str | None = Field(None, description="`next` of the page before, as it came.")


_LISTED = f"""
    with rules as (
        select unnest($ids::varchar[]) as rule_id, unnest($tables::varchar[]) as resource_type,
            unnest($stages::varchar[]) as stage, unnest($severities::integer[]) as severity
    ),
    listed as (
        select result.*, rules.severity, epoch_us(result.first_seen_at) as first_seen_us
        from {CATALOG}.result
        inner join rules using (rule_id, resource_type, stage)
        where len($schools::varchar[]) = 0 or list_contains($schools::varchar[], school_number)
    )
"""
_CHOSEN = "($status = 'all' or status = $status) and ($overdue::boolean is null or is_overdue = $overdue)"
_COUNTS = f"{_LISTED} select {COUNTED}, count(*) filter (where {_CHOSEN}) as total from listed"
_PAGE = f"""
    {_LISTED}
    select result_id, rule_id, resource_type as "table", stage, severity, first_seen_us, school_number as school,
        source_file, try_cast(source_row as bigint) as source_row, context::varchar as context, action, status,
        {utc_text("first_seen_at")} as first_seen_at, {utc_text("last_seen_at")} as last_seen_at,
        {utc_text("resolved_at")} as resolved_at, age_school_days, is_overdue, waiver_id, waiver_kind
    from listed
    where {_CHOSEN} and (severity, first_seen_us, result_id) > ($after_severity, $after_us, $after_id)
    order by severity, first_seen_us, result_id
    limit $limit
"""
_BEFORE_ALL: _Place = (-1, 0, "")


@router.get(
    "",
    response_model=FindingList,
    summary="Records that fail a rule",
    responses={
        200: ok(examples.FINDINGS),
        **problems(
            examples.UNKNOWN_METRIC,
            examples.MALFORMED_REQUEST,
            examples.UNKNOWN_VALUE,
            examples.NO_REPORT,
            examples.REPORT_UNREADABLE,
        ),
    },
)
def findings(
    parameters: Annotated[FindingParameters, Query()], request: Request, store: StoreDep, settings: SettingsDep
) -> Response:
    """Each failing record as a pointer to its file and line, with what it means and how to mend it.

    A page that is asked for with `after` goes on where the page before ended, also when a newer report has come.
    """
    with store.lease() as served:
        return conditional_response(request, served, settings, lambda: _findings(parameters, served))


def _findings(parameters: FindingParameters, served: Served) -> FindingList:
    report = served.quality()
    asked = parameters.model_dump(include={"rule", "table", "severity", "domain", "metric", "owner_role", "fixed_by"})
    rules = chosen_rules(asked, report, served)
    bound = {
        "ids": [rule.id for rule in rules],
        "tables": [rule.table for rule in rules],
        "stages": [rule.stage for rule in rules],
        "severities": [SEVERITIES.index(rule.severity) for rule in rules],
        "schools": _schools(parameters.school, report, served),
        "status": parameters.status,
        "overdue": parameters.overdue,
    }
    severity, first_seen_us, result_id = _BEFORE_ALL if parameters.after is None else _place(parameters.after)
    (counts,) = report.rows(_COUNTS, bound)
    # One more than is shown, to know whether there is a next page.
    page = report.rows(
        _PAGE,
        {
            **bound,
            "after_severity": severity,
            "after_us": first_seen_us,
            "after_id": result_id,
            "limit": parameters.limit + 1,
        },
    )
    shown = page[: parameters.limit]
    by_key = {rule.key: rule for rule in rules}
    return FindingList(
        report_id=report.id,
        created_at=report.pointer.created_at,
        findings=FindingCounts.model_validate(counts),
        total=counts["total"],
        next=_cursor(shown[-1]) if len(page) > len(shown) else None,
        data=[_finding(row, by_key[row["rule_id"], row["table"], row["stage"]]) for row in shown],
        notices=served_notices(served),
    )


def _finding(row: dict[str, Any], rule: JudgedRule) -> Finding:
    return Finding.model_validate(
        {
            **row,
            "context": json.loads(row["context"] or "{}"),
            "title": rule.title,
            "severity": rule.severity,
            "domain": rule.domain,
            "meaning": rule.meaning,
            "fix": rule.fix,
            "owner_role": rule.owner_role,
            "fixed_by": rule.fixed_by,
            "school_days_to_fix": rule.school_days_to_fix,
        }
    )


def _schools(texts: list[str], report: Report, served: Served) -> list[str]:
    """The schools asked for. Without figures nobody knows all schools, and one without findings is no mistake."""
    asked = split_list(texts)
    if served.newest is not None:
        known = [member.value for member in served.newest.catalogue.dimensions["school"].members]
        for school in asked:
            check_value("school", school, dict.fromkeys([*known, *report.schools]))
    return list(asked)


def _cursor(row: dict[str, Any]) -> str:
    place = [row["severity"], row["first_seen_us"], row["result_id"]]
    return urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode().rstrip("=")


def _place(cursor: str) -> _Place:
    try:
        return _PLACE.validate_json(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:
        raise MalformedRequestError(
            "'after' is not what a page gave as `next`.",
            where="query parameter 'after'",
            remedy="Send `next` of the page before as it came, or leave it out for the first page.",
        ) from error
