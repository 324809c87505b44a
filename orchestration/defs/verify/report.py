"""Publishes the report on data quality after the rules of a stage were evaluated."""

from datetime import UTC, datetime

import duckdb

from orchestration.settings import serving_dir
from quality.quality_report import publish_report
from quality.reconciliation import reconcile, source_freshness


def report_quality(connection: duckdb.DuckDBPyConnection, run_id: str) -> str:
    """Write what the warehouse now says about its data to where readers look; returns the report's id."""
    now = datetime.now(UTC)
    return publish_report(
        connection,
        serving_dir(),
        run_id=run_id,
        now=now,
        freshness=source_freshness(connection, now.date()),
        balances=reconcile(connection),
    )
