"""Where each source's rows went in this run, as a table in Dagster: landed = staged + quarantined."""

from collections.abc import Iterable

import dagster as dg

from quality.reconciliation import Balance

_SCHEMA = dg.TableSchema(
    columns=[
        dg.TableColumn("source_table", "string"),
        dg.TableColumn("file_rows", "int", "data lines of the latest delivery of each file"),
        dg.TableColumn("superseded", "int", "lines that a later incremental delivery replaced"),
        dg.TableColumn("unreadable", "int", "lines that could not be split into columns"),
        dg.TableColumn("landed", "int", "rows in the raw table"),
        dg.TableColumn("staged", "int", "rows in the staging model"),
        dg.TableColumn("quarantined", "int", "raw rows that a rule rejected"),
        dg.TableColumn("difference", "int", "rows unaccounted for; 0 is balanced"),
    ]
)


def balance_table(balances: Iterable[Balance]) -> dg.MetadataValue:
    """One line per source table that was ever delivered, those that do not balance first."""
    delivered = [balance for balance in balances if balance.file_rows or balance.landed or balance.difference]
    return dg.MetadataValue.table(
        records=[
            dg.TableRecord(balance.model_dump())
            for balance in sorted(delivered, key=lambda balance: (-balance.difference, balance.source_table))
        ],
        schema=_SCHEMA,
    )
