"""Judges again what has already landed, and says per source which rows came back from quarantine.

Rules of one source read the rows of others, so all of them are evaluated whichever source was mended.
"""

from collections import Counter
from collections.abc import Set

import duckdb
from rich.console import Console

from orchestration.pipeline_run import run_replay
from orchestration.preflight import PreflightError
from orchestration.run_display import REPLAY_STEPS, run_with_display
from orchestration.run_summary import plain_table
from orchestration.settings import OrchestrationSettings, warehouse_file

RejectedRow = tuple[str, str]
"""Raw table and row id."""


def replay(settings: OrchestrationSettings, console: Console, source: str = "") -> bool:
    """Run the replay job with a progress display and tell what came back.

    Args:
        source: show the rows of this source system only; empty shows all.

    Returns:
        True when the run succeeded.

    Raises:
        PreflightError: nothing has landed yet.
    """
    before = rejected_rows()
    success = run_with_display(settings, console, run_replay, REPLAY_STEPS)
    if success:
        show_changes(before, rejected_rows(), console, source)
    return success


def rejected_rows() -> frozenset[RejectedRow]:
    """Raw rows that are in quarantine.

    Raises:
        PreflightError: there is no quarantine, because nothing has landed yet.
    """
    try:
        with duckdb.connect(str(warehouse_file()), read_only=True) as connection:
            return frozenset(
                connection.execute("select distinct source_table, row_id from quarantine.rejected_rows").fetchall()
            )
    except (duckdb.IOException, duckdb.CatalogException) as error:
        if "lock" in str(error).lower():
            raise PreflightError(
                "The warehouse is in use by another process; wait until the run that is going on has ended."
            ) from error
        raise PreflightError("Nothing has been judged yet, so nothing can be judged again; use `stocktake run`.") from (
            error
        )


def show_changes(before: Set[RejectedRow], after: Set[RejectedRow], console: Console, source: str = "") -> None:
    """Print how many rows of each source table came back, stay in quarantine and are rejected newly."""
    back, stay, new = (
        Counter(table for table, _ in rows if not source or table.partition("__")[0] == source)
        for rows in (before - after, before & after, after - before)
    )
    table = plain_table("quarantine", numbers=("came back", "stay", "newly rejected"))
    for name in sorted({*back, *stay, *new}):
        table.add_row(name, f"{back[name]:,}", f"{stay[name]:,}", f"{new[name]:,}")
    console.print()
    if table.row_count:
        console.print(table)
    else:
        console.print(f"No row of {source or 'any source'} is or was in quarantine.")
