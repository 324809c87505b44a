"""The sentences that tell a reader what to know before trusting or comparing the figures of an answer."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from api.semantic.lookup import ServedMetric, hold_reasons
from api.semantic.request import QueryPlan
from api.snapshots.pointer import Reason
from api.snapshots.store import Served


def served_notices(served: Served) -> list[str]:
    """What is to be known of everything that is served now."""
    notices = []
    if served.trouble is not None:
        notices.append(
            f"The newest published files cannot be read ({served.trouble}); figures are those that were served before."
        )
    if served.report_trouble is not None:
        shown = "findings are those of the report before" if served.report else "findings are not shown"
        notices.append(f"The newest report on data quality cannot be read ({served.report_trouble}); {shown}.")
    attempt, pointer = served.attempt, served.pointer
    if attempt is not None and attempt.outcome in ("held", "failed"):
        when = moment(attempt.attempted_at, served)
        ended = "was held" if attempt.outcome == "held" else "failed"
        notice = f"The last run, at {when}, {ended}{_because(attempt.reasons)}."
        if pointer is not None:
            notice += f" Figures are those published at {moment(pointer.published_at, served)}."
        notices.append(notice)
    return notices


def held_notice(metric: ServedMetric, served: Served) -> str | None:
    """Why a metric is served from an older snapshot, and what releases it; None if it is not held."""
    held = metric.pointer.held
    if held is None:
        return None
    reasons = hold_reasons(metric.definition.id, metric.pointer, served)
    as_of = f", as of {metric.pointer.as_of:%Y-%m-%d}" if metric.pointer.as_of else ""
    fix = f" To release it: {_sentence(reasons[0].fix)}" if reasons else ""
    return (
        f"{metric.definition.title} has been held since {moment(held.since, served)}{_because(reasons)}. "
        "Its figures are the last that passed, "
        f"at {moment(metric.snapshot.facts.created_at, served)}{as_of}.{fix}"
    )


def query_notices(plan: QueryPlan, served: Served, *, suppressed_cells: int) -> list[str]:
    """Everything to be known of one answer."""
    notices = served_notices(served)
    notices += [notice for metric in plan.metrics if (notice := held_notice(metric, served)) is not None]
    for metric in plan.metrics:
        missing = [year for year in plan.school_years if year not in metric.snapshot.facts.school_years]
        if missing:
            years = ", ".join(map(str, missing))
            notices.append(f"{metric.definition.title} has no figures for {years} in the snapshot that serves it.")
    notices += [
        f"{dimension.title}: a student may be in several of these groups, so they do not add up to the total."
        for dimension in plan.overlapping
    ]
    if plan.baseline_year is not None:
        notices.append(
            f"Groups are those of {plan.baseline_year} in every year; whoever was not enrolled then is in none of them."
        )
    if plan.scope == "school":
        notices.append(
            "A student who attended several schools counts in each of them, "
            "so these figures do not add up to the district's."
        )
    if suppressed_cells:
        notices.append("Figures on too few students are suppressed; do not try to work them out from the others.")
    return notices


def moment(time: datetime, served: Served) -> str:
    """A time in the district's time zone, as in `2026-11-24 08:19 UTC`."""
    zone = ZoneInfo("UTC")
    if served.pointer is not None and served.pointer.snapshot_id in served.snapshots:
        # With a zone that nobody knows in the district's file, UTC is right, if less familiar.
        with suppress(ZoneInfoNotFoundError, ValueError):
            zone = ZoneInfo(served.current().facts.district.timezone)
    return f"{time.astimezone(zone):%Y-%m-%d %H:%M %Z}"


def _because(reasons: Sequence[Reason]) -> str:
    """` because of A and B`, by the titles of the failed rules and their row counts."""
    named = list(dict.fromkeys(map(_titled, reasons)))
    if not named:
        return ""
    if len(named) > 3:
        named = [*named[:3], f"{len(named) - 3} more"]
    return " because of " + _listed(named)


def _titled(reason: Reason) -> str:
    if reason.rows_failed is None or reason.source_table is None:
        return f'"{reason.title}"'
    rows = "row" if reason.rows_failed == 1 else "rows"
    return f'"{reason.title}" ({reason.rows_failed:,} {rows} in {reason.source_table})'


def _listed(items: Iterable[str]) -> str:
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last


def _sentence(text: str) -> str:
    stripped = text.strip()
    return stripped if stripped.endswith((".", "!", "?")) else f"{stripped}."
