"""`/v1/freshness`: how recent each source is, and against what is expected of it, school by school."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import duckdb
from fastapi import APIRouter, Request, Response

from api import examples
from api.conditional import conditional_response
from api.dependencies import SettingsDep, StoreDep
from api.notices import served_notices
from api.openapi import ok, problems
from api.responses import AttendanceTaken, FeedFreshness, FreshnessList
from api.semantic.figures import json_number, round_half_up
from api.snapshots.snapshot import CATALOG, Snapshot
from api.snapshots.store import Served

router = APIRouter(prefix="/v1/freshness", tags=["quality"])

_FEEDS = f"""
    select source_table, scope, case when scope = 'school' then school_number end as school, concept, latest_event_on,
        latest_delivery_on, school_days_since, expected_every, expected_by, is_late, days_late,
        records_with_known_arrival, records_arrived_late, rows_delivered, rows_usual
    from {CATALOG}.marts.mart_feed_freshness
    order by source_table, scope, school_number
"""
_ATTENDANCE_TAKEN = f"""
    select school_number as school, school_year, count(*) as school_days, max(attendance_on) as latest_on,
        sum(sections_scheduled)::bigint as sections_scheduled, sum(sections_taken)::bigint as sections_taken
    from {CATALOG}.marts.mart_attendance_completeness
    group by school_number, school_year
    qualify school_year = max(school_year) over (partition by school_number)
    order by school_number
"""


@router.get(
    "",
    response_model=FreshnessList,
    summary="How recent each source is",
    responses={200: ok(examples.FRESHNESS), **problems(examples.NO_SNAPSHOT, examples.SNAPSHOT_UNREADABLE)},
)
def freshness(request: Request, store: StoreDep, settings: SettingsDep) -> Response:
    """The latest delivery and event of each table, and which feeds are late, of the district and of each school.

    A feed is late when its time in the district file has passed with school in session.
    """
    with store.lease() as served:
        return conditional_response(request, served, settings, lambda: _freshness(served))


def _freshness(served: Served) -> FreshnessList:
    report = served.report
    newest = served.newest
    if report is None and newest is None:
        # Says why there is nothing to show.
        newest = served.current()
    notices = served_notices(served)
    feeds = _rows(_FEEDS, newest)
    taken = _rows(_ATTENDANCE_TAKEN, newest)
    if feeds is None:
        notices.append("Nothing that is served says when feeds are expected; run `stocktake run` to publish it.")
    return FreshnessList(
        report_id=report.id if report is not None else None,
        snapshot_id=newest.id if newest is not None else None,
        data=list(report.freshness if report is not None else newest.facts.freshness if newest is not None else ()),
        feeds=[_feed(row) for row in feeds or ()],
        attendance_taken=[_taken(row) for row in taken or ()],
        notices=notices,
    )


def _rows(sql: str, snapshot: Snapshot | None) -> list[dict[str, Any]] | None:
    """None where the snapshot comes from a release that did not tell this yet."""
    try:
        return None if snapshot is None else snapshot.rows(sql, {})
    except (duckdb.CatalogException, duckdb.BinderException):
        return None


def _feed(row: Mapping[str, Any]) -> FeedFreshness:
    percent = _percent(row["records_arrived_late"], row["records_with_known_arrival"])
    return FeedFreshness.model_validate({**row, "late_arriving_percent": percent})


def _taken(row: Mapping[str, Any]) -> AttendanceTaken:
    return AttendanceTaken.model_validate(
        {**row, "taken_percent": _percent(row["sections_taken"], row["sections_scheduled"])}
    )


def _percent(part: int, whole: int) -> float | None:
    return None if whole == 0 else json_number(round_half_up(Fraction(100 * part, whole), 1))
