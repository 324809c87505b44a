"""A scorecard on data quality for each school, as a page that prints and as a table of what is to be mended.

    <serving_dir>/scorecards/<date>/index.html     the district: one line per school, and what belongs to no school
    <serving_dir>/scorecards/<date>/<school>.html  one school
    <serving_dir>/scorecards/<date>/<school>.csv   its open findings, one line each

A scorecard points to files and lines; it holds no row of the sources.
"""

import csv
import io
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import jinja2

from quality.alert_text import where
from quality.alerts import POINTERS_SHOWN
from quality.findings import school_of_row
from quality.published_files import TEMPORARY_PREFIX
from quality.quality_report import read_report_pointer, report_file
from quality.registry import event_dates, school_columns
from quality.severities import SEVERITIES

SCORECARDS_NAME = "scorecards"
SCORECARDS_KEPT = 60
"""Newest weeks that stay."""
WEEK = timedelta(days=7)

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class RuleLine:
    """What one rule has found at a school.

    Attributes:
        waived_percent: of the open and waived findings, the share that is waived.
        where: files and lines of at most five of them.
    """

    rule_id: str
    title: str
    severity: str
    open: int
    overdue: int
    oldest: int
    waived_percent: float
    where: str
    meaning: str
    fix: str


@dataclass(frozen=True)
class Feed:
    """How recent one table is at a school."""

    table: str
    rows: int
    latest_event_on: date | None
    latest_delivery_on: date | None


@dataclass(frozen=True)
class Scorecard:
    """One school, or the district's findings that belong to no school (number empty).

    Attributes:
        by_severity: severity -> open findings by age: (within the time to fix, overdue).
        open_before: findings that were open a week ago.
        new: of the open ones, those that were not.
        mended: findings that were mended in the week.
    """

    number: str
    name: str
    by_severity: Mapping[str, tuple[int, int]]
    open_before: int
    new: int
    mended: int
    waived: int
    rules: tuple[RuleLine, ...]
    feeds: tuple[Feed, ...]

    @property
    def open(self) -> int:
        """Findings that are open now."""
        return sum(within + late for within, late in self.by_severity.values())

    @property
    def overdue(self) -> int:
        """Findings that are open for longer than their rules allow."""
        return sum(late for _, late in self.by_severity.values())

    @property
    def file(self) -> str:
        """Name of its files, without suffix."""
        return page_name(self.number)


def page_name(school: str) -> str:
    """File name of a school's scorecard; a delivered number leads nowhere else."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", school) or "district"


def latest_scorecards(serving_dir: Path) -> Path | None:
    """The folder of the newest scorecards."""
    dated = [path for path in (serving_dir / SCORECARDS_NAME).glob("????-??-??") if path.is_dir()]
    return max(dated, default=None)


def write_scorecards(connection: duckdb.DuckDBPyConnection, serving_dir: Path, *, district: str, now: datetime) -> int:
    """Write the scorecards of a day in the place of earlier ones of the same day.

    Args:
        connection: the warehouse, for names of schools and how recent their feeds are.

    Returns:
        How many schools have one; 0 before the first report.
    """
    pointer = read_report_pointer(serving_dir)
    if pointer is None:
        return 0
    names = school_names(connection)
    feeds = school_feeds(connection, now.date())
    with duckdb.connect(str(report_file(serving_dir, pointer.report_id)), read_only=True) as report:
        cards = [scorecard(report, number, name, now, feeds.get(number, ())) for number, name in names.items()]
        rest = scorecard(report, "", "No single school", now, (), known=tuple(names))
        lines = {card.number: _findings(report, card.number, tuple(names)) for card in (*cards, rest)}
    folder = serving_dir / SCORECARDS_NAME
    folder.mkdir(parents=True, exist_ok=True)
    building = folder / f"{TEMPORARY_PREFIX}{now:%Y-%m-%d}"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    shown = {"district": district, "on": now.date(), "report": pointer.created_at, "severities": SEVERITIES}
    for card in (*cards, rest):
        page = _TEMPLATES.get_template("scorecard.html").render(card=card, **shown)
        (building / f"{card.file}.html").write_text(page, encoding="utf-8")
        (building / f"{card.file}.csv").write_text(lines[card.number], encoding="utf-8")
    index = _TEMPLATES.get_template("scorecards.html").render(cards=cards, rest=rest, **shown)
    (building / "index.html").write_text(index, encoding="utf-8")
    final = folder / f"{now:%Y-%m-%d}"
    shutil.rmtree(final, ignore_errors=True)
    building.replace(final)
    for old in sorted(folder.glob("????-??-??"))[:-SCORECARDS_KEPT]:
        shutil.rmtree(old)
    return len(cards)


def scorecard(
    report: duckdb.DuckDBPyConnection,
    number: str,
    name: str,
    now: datetime,
    feeds: tuple[Feed, ...],
    known: tuple[str, ...] = (),
) -> Scorecard:
    """The scorecard of one school, from a report.

    Args:
        number: the school's; empty for what belongs to none.
        known: numbers of all schools, where `number` is empty: what names another school belongs to none.
    """
    mine, bound = _mine(number, known)
    counts = report.execute(
        f"""
        select severity, count(*) filter (where not is_overdue), count(*) filter (where is_overdue)
        from result inner join rule using (rule_id, resource_type) where status = 'open' and {mine} group by 1
        """,
        bound,
    ).fetchall()
    by_severity = {severity: (within, late) for severity, within, late in counts}
    changes = report.execute(
        f"""
        select count(*) filter (where first_seen_at <= $before and waiver_id is null
                                and (resolved_at is null or resolved_at > $before)),
            count(*) filter (where status = 'open' and first_seen_at > $before),
            count(*) filter (where resolved_at > $before),
            count(*) filter (where status = 'waived')
        from result where {mine}
        """,
        {**bound, "before": now - WEEK},
    ).fetchone() or (0, 0, 0, 0)
    rules = report.execute(
        f"""
        select rule_id, any_value(title), any_value(severity), count(*) filter (where status = 'open'),
            count(*) filter (where is_overdue), coalesce(max(age_school_days) filter (where status = 'open'), 0),
            100.0 * count(*) filter (where status = 'waived') / count(*),
            list((coalesce(source_file, ''), coalesce(source_row, ''))
                order by source_file, try_cast(source_row as bigint))
                filter (where status = 'open' and source_file is not null),
            any_value(meaning), any_value(fix)
        from result inner join rule using (rule_id, resource_type)
        where status in ('open', 'waived') and {mine}
        group by rule_id, resource_type
        order by list_position({list(SEVERITIES)}, any_value(severity)), 5 desc, 4 desc, rule_id
        """,
        bound,
    ).fetchall()
    return Scorecard(
        number=number,
        name=name,
        by_severity={severity: by_severity.get(severity, (0, 0)) for severity in SEVERITIES},
        open_before=changes[0],
        new=changes[1],
        mended=changes[2],
        waived=changes[3],
        rules=tuple(
            RuleLine(rule, title, severity, open_, late, oldest, waived, where(_first(pointers)), meaning, fix)
            for rule, title, severity, open_, late, oldest, waived, pointers, meaning, fix in rules
        ),
        feeds=feeds,
    )


def _first(pointers: list[tuple[str, str]] | None) -> tuple[tuple[str, str], ...]:
    return tuple((pointers or [])[:POINTERS_SHOWN])


def school_names(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Number -> name of the schools that the marts know, by number."""
    rows = connection.execute(
        "select school_number, coalesce(any_value(school_name), school_number) from marts.dim_school "
        "where school_number is not null group by 1 order by 1"
    ).fetchall()
    return dict(rows)


def school_feeds(connection: duckdb.DuckDBPyConnection, today: date) -> dict[str, tuple[Feed, ...]]:
    """How recent the tables are that say of which school a row is, by school number."""
    newest = "select system || '__' || entity, max(delivered_on) from raw._deliveries group by 1"
    delivered = dict(connection.execute(newest).fetchall())
    found: dict[str, list[Feed]] = {}
    for table in school_columns():
        if table not in delivered:
            continue
        number, join = school_of_row(table)
        event = event_dates().get(table)
        date_on = (
            f"coalesce(try_cast(trim(t.{event}) as date), try_strptime(trim(t.{event}), '%m/%d/%Y')::date)"
            if event
            else "null::date"
        )
        rows = connection.execute(
            f"select {number}::varchar, count(*), max({date_on}) filter (where {date_on} <= $today) "
            f"from raw.{table} as t {join} group by 1",
            {"today": today},
        ).fetchall()
        for school, count, latest in rows:
            if school is not None:
                found.setdefault(school, []).append(Feed(table, count, latest, delivered[table]))
    return {school: tuple(feeds) for school, feeds in found.items()}


def _mine(number: str, known: tuple[str, ...]) -> tuple[str, dict[str, object]]:
    if number:
        return "school_number = $school", {"school": number}
    return "(school_number is null or not list_contains($known, school_number))", {"known": list(known)}


def _findings(report: duckdb.DuckDBPyConnection, number: str, known: tuple[str, ...]) -> str:
    """The open findings as CSV text."""
    mine, bound = _mine(number, known)
    rows = report.execute(
        f"""
        select rule_id, severity, title, source_file, source_row, first_seen_at::date, age_school_days,
            case when is_overdue then 'yes' else 'no' end, status, fix, result_id
        from result inner join rule using (rule_id, resource_type)
        where status in ('open', 'waived') and {mine}
        order by list_position({list(SEVERITIES)}, severity), rule_id, source_file,
            try_cast(source_row as bigint), result_id
        """,
        bound,
    ).fetchall()
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow("rule severity title file line first_seen_on school_days_open overdue status fix finding".split())
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> str:
    """A value as a spreadsheet shows it, and never runs it."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
