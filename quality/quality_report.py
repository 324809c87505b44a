"""The report on data quality that readers see: what the rules found, how old it is, how fresh each source is.

    <serving_dir>/quality.json            names the newest report
    <serving_dir>/reports/<id>.duckdb     one immutable report

A report is written after each evaluation of the rules, so that it tells why figures are held even when nothing was
published. It holds no row of the sources: findings are pointers to a file and a line, with codes and dates.
"""

import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

import duckdb
from pydantic import BaseModel, ConfigDict

from quality.bulk_insert import insert_rows
from quality.findings import create_validation_tables
from quality.published_files import TEMPORARY_PREFIX, flush_to_disk, read_published, sha256_of, write_published
from quality.quarantine import create_quarantine_tables
from quality.reconciliation import Balance, SourceFreshness
from quality.roles import ROLES
from quality.sql_literals import sql_string

POINTER_NAME = "quality.json"
REPORTS_NAME = "reports"
REPORTS_KEPT = 5
"""Newest reports that stay; readers that have an older one open keep it until they close it."""
RESOLVED_DAYS = 30
"""Days for which a mended finding is still reported."""

_REPORT = "quality_report"


class ReportPointer(BaseModel):
    """`quality.json`.

    Attributes:
        sha256: digest of the report's file, by which readers notice damage.
    """

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    report_id: str
    run_id: str
    created_at: datetime
    sha256: str


def read_report_pointer(serving_dir: Path) -> ReportPointer | None:
    """Which report is the newest, or None when none has been written yet.

    Raises:
        SnapshotError: the file is there but is not a pointer.
    """
    return read_published(serving_dir / POINTER_NAME, ReportPointer)


def report_file(serving_dir: Path, report_id: str) -> Path:
    """The file of a report."""
    return serving_dir / REPORTS_NAME / f"{report_id}.duckdb"


def publish_report(
    connection: duckdb.DuckDBPyConnection,
    serving_dir: Path,
    *,
    run_id: str,
    now: datetime,
    freshness: Sequence[SourceFreshness],
    balances: Sequence[Balance],
) -> str:
    """Write a report of what the warehouse now says about its data, and point readers to it.

    Args:
        connection: the warehouse.

    Returns:
        The id of the report.
    """
    reports = serving_dir / REPORTS_NAME
    reports.mkdir(parents=True, exist_ok=True)
    for leftover in reports.glob(f"{TEMPORARY_PREFIX}*"):
        leftover.unlink()
    report_id = f"{now.astimezone(UTC):%Y%m%dT%H%M%S%fZ}-{secrets.token_hex(3)}"
    building = reports / f"{TEMPORARY_PREFIX}{report_id}"
    _write(connection, building, now, freshness, balances)
    flush_to_disk(building)
    sha256 = sha256_of(building)
    building.replace(report_file(serving_dir, report_id))
    flush_to_disk(reports)
    pointer = ReportPointer(report_id=report_id, run_id=run_id, created_at=now, sha256=sha256)
    write_published(serving_dir / POINTER_NAME, pointer)
    for old in sorted(reports.glob("*.duckdb"))[:-REPORTS_KEPT]:
        old.unlink()
    return report_id


def _write(
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    now: datetime,
    freshness: Sequence[SourceFreshness],
    balances: Sequence[Balance],
) -> None:
    create_validation_tables(connection)
    create_quarantine_tables(connection)
    _register_school_days(connection, now.date())
    connection.execute(f"attach {sql_string(file)} as {_REPORT}")
    try:
        connection.execute(f"create table {_REPORT}.role (role varchar, title varchar, scope varchar)")
        roles = [(name, role.title, role.scope) for name, role in ROLES.items()]
        insert_rows(connection, f"{_REPORT}.role", roles)
        connection.execute(
            f"""
            create table {_REPORT}.rule as
            with latest as (
                select * from quarantine.rule_results
                qualify evaluated_at = max(evaluated_at) over (partition by stage)
            )
            select r.* exclude (status, logic_type, logic), r.logic_type, r.logic, l.outcome, l.rows_checked,
                l.rows_failed, l.rows_waived, l.reason as finding, l.evaluated_at, l.run_id
            from validation.validation_rule as r
            left join latest as l on l.rule_id = r.rule_id and l.source_table = r.resource_type
            """
        )
        connection.execute(f"create table {_REPORT}.run as from validation.validation_run")
        connection.execute(
            f"""
            create table {_REPORT}.result as
            with listed as (
                select * exclude (resource_id) from validation.validation_result
                where resolved_at is null or resolved_at >= $now - interval {RESOLVED_DAYS} day
            ),
            aged as (
                select listed.*, (
                    select count(*) from report_school_day as d
                    where d.date_on > listed.first_seen_at::date
                        and d.date_on <= coalesce(listed.resolved_at, $now)::date
                ) as age_school_days
                from (select distinct first_seen_at, resolved_at from listed) as listed
            )
            select listed.*, aged.age_school_days,
                listed.resolved_at is null and listed.waiver_id is null
                and coalesce(aged.age_school_days > rules.school_days_to_fix, false) as is_overdue,
                case when listed.resolved_at is not null then 'resolved'
                    when listed.waiver_id is not null then 'waived' else 'open' end as status
            from listed
            inner join aged on aged.first_seen_at = listed.first_seen_at
                and aged.resolved_at is not distinct from listed.resolved_at
            left join validation.validation_rule as rules
                on rules.rule_id = listed.rule_id and rules.resource_type = listed.resource_type
            """,
            {"now": now},
        )
        _write_models(connection, "freshness", SourceFreshness, freshness)
        _write_models(connection, "balance", Balance, balances)
        connection.execute(f"checkpoint {_REPORT}")
    finally:
        connection.execute(f"detach {_REPORT}")


_TYPES = {
    "source_table": "varchar",
    "latest_delivery_on": "date",
    "latest_event_on": "date",
    "loaded_at": "timestamptz",
}


def _write_models(
    connection: duckdb.DuckDBPyConnection, table: str, model: type[BaseModel], rows: Sequence[BaseModel]
) -> None:
    """A table with the fields of a model; those that are not dates or names count rows."""
    columns = ", ".join(f"{name} {_TYPES.get(name, 'bigint')}" for name in model.model_fields)
    connection.execute(f"create table {_REPORT}.{table} ({columns})")
    insert_rows(connection, f"{_REPORT}.{table}", [list(dict(row).values()) for row in rows])


def _register_school_days(connection: duckdb.DuckDBPyConnection, today: date) -> None:
    """Days on which any school was in session; Monday to Friday where no calendar is known."""
    known = connection.execute(
        "select count(*) from information_schema.tables "
        "where table_catalog = current_database() and table_schema = 'marts' and table_name = 'dim_school_calendar'"
    ).fetchone()
    calendar = (
        "select distinct date_on from marts.dim_school_calendar where is_school_day" if known and known[0] else ""
    )
    connection.execute(
        "create or replace temp table report_school_day as " + (calendar or "select null::date as date_on where false")
    )
    counted = connection.execute("select count(*) from report_school_day").fetchone()
    if not counted or counted[0] == 0:
        connection.execute(
            "insert into report_school_day select day::date from range(?::date - interval 400 day, "
            "?::date + interval 1 day, interval 1 day) as r(day) where isodow(day) < 6",
            [today, today],
        )
