"""The few failing rows that a check shows: where they stand and what is wrong with them."""

from collections.abc import Sequence

import duckdb

POINTERS = ("_source_file", "_source_row")
"""Columns by which a raw row is found again."""

SAMPLE_SIZE = 5
"""Most failing rows that a result shows."""

Sample = tuple[dict[str, str | None], ...]
"""Failing rows as column -> text."""


def first_rows(connection: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[str]) -> Sample:
    """The first failing rows in a fixed order.

    Args:
        relation: what stands after FROM, conditions included.
        columns: columns to show; the caller has left out those that identify someone.
    """
    if not columns:
        return ()
    listed = ", ".join(f'"{name}"::varchar' for name in columns)
    rows = connection.execute(f"select {listed} from {relation} order by all limit {SAMPLE_SIZE}").fetchall()
    return tuple(dict(zip(columns, row, strict=True)) for row in rows)
