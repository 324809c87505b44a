"""The quarantine: raw rows that were kept out of staging, and how many rows every rule found.

    quarantine.rejected_rows   one row per raw row and rule that rejected it, with the whole raw row as `payload`
    quarantine.rule_results    one row per rule and run, for good

Which records a rule found, rejected or not, is in `validation.validation_result` (findings.py). A raw row is staged if
and only if it has no row in `rejected_rows`.
"""

import duckdb

_TABLES = """
create schema if not exists quarantine;
create table if not exists quarantine.rejected_rows (
    source_table varchar, row_id varchar, rule_id varchar, severity varchar, reason varchar, fix varchar,
    payload json, first_seen_at timestamptz, detected_at timestamptz
);
create table if not exists quarantine.rule_results (
    rule_id varchar, title varchar, stage varchar, source_table varchar, severity varchar, action varchar,
    rows_checked bigint, rows_failed bigint, rows_waived bigint, tolerance_percent double, outcome varchar,
    metrics varchar[], reason varchar, fix varchar, evaluated_at timestamptz, run_id varchar
);
-- Warehouses from before there were waivers.
alter table quarantine.rule_results add column if not exists rows_waived bigint default 0;
drop table if exists quarantine.flagged_rows;
"""


def create_quarantine_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create schema `quarantine` and its tables where they do not exist yet."""
    connection.execute(_TABLES)


def store_rejected_rows(connection: duckdb.DuckDBPyConnection, findings: str, now: str) -> None:
    """Replace the quarantine's rows by the present findings; a row that stays keeps its `first_seen_at`.

    Args:
        findings: name of a table (source_table, row_id, rule_id, severity, reason, fix).
        now: name of a one-row table with column `moment`.
    """
    connection.execute(
        "create or replace temp table seen_before as "
        "select source_table, row_id, rule_id, min(first_seen_at) as first_seen_at "
        "from quarantine.rejected_rows group by all"
    )
    connection.execute("delete from quarantine.rejected_rows")
    tables = connection.execute(f"select distinct source_table from {findings} order by 1").fetchall()
    for (table,) in tables:
        connection.execute(
            f"insert into quarantine.rejected_rows "
            f"select f.source_table, f.row_id, f.rule_id, f.severity, f.reason, f.fix, to_json(t), "
            f"coalesce(s.first_seen_at, n.moment), n.moment "
            f"from {findings} as f inner join raw.{table} as t on t._row_id = f.row_id cross join {now} as n "
            f"left join seen_before as s on s.source_table = f.source_table and s.row_id = f.row_id "
            f"and s.rule_id = f.rule_id where f.source_table = ?",
            [table],
        )
