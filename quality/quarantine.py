"""The quarantine: raw rows that were kept out of staging, and what every rule found.

    quarantine.rejected_rows   one row per raw row and rule that rejected it, with the whole raw row as `payload`
    quarantine.flagged_rows    one row per raw row and rule that flagged it; pointers only, the row stays staged
    quarantine.rule_results    one row per rule and run, for good

A raw row is staged if and only if it has no row in `rejected_rows`.
"""

import duckdb

_TABLES = """
create schema if not exists quarantine;
create table if not exists quarantine.rejected_rows (
    source_table varchar, row_id varchar, rule_id varchar, severity varchar, reason varchar, fix varchar,
    payload json, first_seen_at timestamptz, detected_at timestamptz
);
create table if not exists quarantine.flagged_rows (
    source_table varchar, row_id varchar, rule_id varchar, severity varchar,
    first_seen_at timestamptz, detected_at timestamptz
);
create table if not exists quarantine.rule_results (
    rule_id varchar, title varchar, stage varchar, source_table varchar, severity varchar, action varchar,
    rows_checked bigint, rows_failed bigint, tolerance_percent double, outcome varchar, metrics varchar[],
    reason varchar, fix varchar, evaluated_at timestamptz, run_id varchar
);
"""


def create_quarantine_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create schema `quarantine` and its tables where they do not exist yet."""
    connection.execute(_TABLES)


def store_rejected_rows(connection: duckdb.DuckDBPyConnection, findings: str, now: str) -> None:
    """Replace the quarantine's rows by the present findings; a row that stays keeps its `first_seen_at`.

    Args:
        findings: name of a table (source_table, row_id, rule_id, severity, action, reason, fix).
        now: name of a one-row table with column `moment`.
    """
    for target, action in (("rejected_rows", "quarantine"), ("flagged_rows", "flag")):
        connection.execute(
            f"create or replace temp table seen_before as "
            f"select source_table, row_id, rule_id, min(first_seen_at) as first_seen_at "
            f"from quarantine.{target} group by all"
        )
        connection.execute(f"delete from quarantine.{target}")
        tables = connection.execute(
            f"select distinct source_table from {findings} where action = ? order by 1", [action]
        ).fetchall()
        for (table,) in tables:
            kept_columns = "f.reason, f.fix, to_json(t), " if action == "quarantine" else ""
            join_row = f"inner join raw.{table} as t on t._row_id = f.row_id" if action == "quarantine" else ""
            connection.execute(
                f"insert into quarantine.{target} "
                f"select f.source_table, f.row_id, f.rule_id, f.severity, {kept_columns}"
                f"coalesce(s.first_seen_at, n.moment), n.moment "
                f"from {findings} as f {join_row} cross join {now} as n "
                f"left join seen_before as s on s.source_table = f.source_table and s.row_id = f.row_id "
                f"and s.rule_id = f.rule_id where f.source_table = ? and f.action = ?",
                [table, action],
            )
