"""Where every delivered row went, and how recent each source is."""

from datetime import date, datetime

import duckdb
from pydantic import BaseModel, ConfigDict

from quality.registry import event_dates, source_tables


class Balance(BaseModel):
    """Rows of one source table on their way to staging.

    Attributes:
        file_rows: data lines of the latest delivery of each file.
        superseded: lines that a later incremental delivery replaced, or that other parts of a wide file take.
        unreadable: lines that could not be split into columns.
        landed: rows in the raw table.
        staged: rows in the staging model.
        quarantined: raw rows that at least one rule rejected.
        difference: rows unaccounted for, both between file and raw and between raw and staging; 0 is balanced.
    """

    model_config = ConfigDict(frozen=True)

    source_table: str
    file_rows: int
    superseded: int
    unreadable: int
    landed: int
    staged: int
    quarantined: int
    difference: int


class SourceFreshness(BaseModel):
    """How recent one delivered source table is.

    Attributes:
        latest_delivery_on: date of the newest file.
        latest_event_on: newest date up to today in its accepted rows; None where the table has no event date.
        rows: rows in the raw table.
    """

    model_config = ConfigDict(frozen=True)

    source_table: str
    latest_delivery_on: date
    latest_event_on: date | None
    loaded_at: datetime
    rows: int


def reconcile(connection: duckdb.DuckDBPyConnection) -> list[Balance]:
    """Balance every source table; a staging model that does not exist yet counts as empty."""
    delivered = {
        table: (int(file_rows), int(superseded), int(unreadable))
        for table, file_rows, superseded, unreadable in connection.execute(
            """
            select system || '__' || entity, sum(file_rows), sum(superseded_rows), sum(unreadable_rows)
            from (
                select * from raw._deliveries
                qualify row_number() over (
                    partition by system, entity, source_file order by loaded_at desc
                ) = 1
            )
            group by 1
            """
        ).fetchall()
    }
    quarantined = dict(
        connection.execute(
            "select source_table, count(distinct row_id) from quarantine.rejected_rows group by 1"
        ).fetchall()
    )
    staging_models = {
        name
        for (name,) in connection.execute(
            "select table_name from information_schema.tables "
            "where table_catalog = current_database() and table_schema = 'staging'"
        ).fetchall()
    }
    balances = []
    for table in source_tables():
        file_rows, superseded, unreadable = delivered.get(table, (0, 0, 0))
        landed = _count(connection, f"raw.{table}")
        staged = _count(connection, f"staging.stg_{table}") if f"stg_{table}" in staging_models else 0
        rejected = int(quarantined.get(table, 0))
        # Two gaps of opposite sign must not cancel out.
        difference = abs(file_rows - superseded - unreadable - landed) + abs(landed - staged - rejected)
        balances.append(
            Balance(
                source_table=table,
                file_rows=file_rows,
                superseded=superseded,
                unreadable=unreadable,
                landed=landed,
                staged=staged,
                quarantined=rejected,
                difference=difference,
            )
        )
    return balances


def source_freshness(connection: duckdb.DuckDBPyConnection, today: date) -> list[SourceFreshness]:
    """Freshness of every source table that was ever delivered, in table order.

    Args:
        today: later dates are planned, not events, and are left out.
    """
    deliveries = {
        table: (delivered_on, loaded_at)
        for table, delivered_on, loaded_at in connection.execute(
            "select system || '__' || entity, max(delivered_on), max(loaded_at) from raw._deliveries group by 1"
        ).fetchall()
    }
    return [
        SourceFreshness(
            source_table=table,
            latest_delivery_on=deliveries[table][0],
            latest_event_on=_latest_event(connection, table, today),
            loaded_at=deliveries[table][1],
            rows=_count(connection, f"raw.{table}"),
        )
        for table in source_tables()
        if table in deliveries
    ]


def _latest_event(connection: duckdb.DuckDBPyConnection, table: str, today: date) -> date | None:
    column = event_dates().get(table)
    if column is None:
        return None
    row = connection.execute(
        f"""
        select max(event_on) from (
            select coalesce(try_cast(trim({column}) as date), try_strptime(trim({column}), '%m/%d/%Y')::date)
                as event_on
            from raw.{table}
            where _row_id not in (
                select row_id from quarantine.rejected_rows where source_table = $table and row_id is not null
            )
        ) where event_on <= $today
        """,
        {"table": table, "today": today},
    ).fetchone()
    return row[0] if row else None


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = connection.execute(f"select count(*) from {relation}").fetchone()
    return int(row[0]) if row else 0
