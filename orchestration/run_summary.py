"""What a run prints at its end: landed, checked, published, the widest gaps, and where to look next."""

import duckdb
from rich.console import Console
from rich.table import Table

from api.settings import ApiSettings
from ingestion.landing_log import landing_failures
from orchestration.pipeline_run import RunOutcome
from orchestration.settings import OrchestrationSettings, serving_dir, warehouse_file
from orchestration.status_display import show_reasons
from orchestration.widest_gaps import widest_gaps
from quality.published_files import DATABASE_NAME, SNAPSHOTS_NAME
from quality.reconciliation import Balance, reconcile
from quality.snapshots import read_pointer, read_status


def show_summary(outcome: RunOutcome, console: Console) -> None:
    """Print the summary of a run that ended, well or not."""
    if outcome.success:
        _show_landed(console)
    passed, warned, failed = outcome.checks
    console.print(
        f"\n[bold]Checks[/bold]  {passed} passed, {warned} with open issues, "
        f"{failed} failed [dim](rows behind them: Dagster UI, or schema quarantine of the warehouse)[/dim]",
        soft_wrap=True,
    )
    _show_landing_failures(console)
    for step, message in outcome.failures.items():
        console.print(f"[red]{step}[/red]: {message}", soft_wrap=True, highlight=False)
    _show_published(outcome, console)
    if outcome.success:
        _show_gaps(console)
    settings, api = OrchestrationSettings(), ApiSettings()
    console.print("\n[bold]Next[/bold]  `make serve` (or `stocktake serve`), then")
    console.print(f"  http://127.0.0.1:{settings.webserver_port}/asset-groups  lineage, checks, history")
    console.print(f"  http://{api.api_host}:{api.api_port}/docs            metrics API", highlight=False)
    if not outcome.success:
        console.print(f"  Log of this run: {outcome.log_file}", highlight=False)


def _show_landed(console: Console) -> None:
    with duckdb.connect(str(warehouse_file()), read_only=True) as connection:
        balances = [balance for balance in reconcile(connection) if balance.landed or balance.file_rows]
        unmatched = connection.execute(
            "select source_table, match_to, rows_unmatched, rows_total from marts.mart_source_match "
            "where rows_unmatched > 0 order by all"
        ).fetchall()
    table = plain_table("landed", numbers=("rows", "staged", "quarantined"))
    for balance in balances:
        table.add_row(
            balance.source_table,
            f"{balance.landed:,}",
            f"{balance.staged:,}",
            f"{balance.quarantined:,}" + _imbalance(balance),
        )
    console.print()
    console.print(table)
    for source_table, match_to, rows_unmatched, rows_total in unmatched:
        console.print(
            f"  unmatched: {rows_unmatched:,} of {rows_total:,} rows of {source_table} name no known {match_to}",
            soft_wrap=True,
        )


def _show_landing_failures(console: Console) -> None:
    if not warehouse_file().exists():
        return
    with duckdb.connect(str(warehouse_file()), read_only=True) as connection:
        failures = landing_failures(connection)
    for system, message in failures.items():
        console.print(f"[red]{system} did not land[/red]: {message}", soft_wrap=True, highlight=False)


def _imbalance(balance: Balance) -> str:
    return f"  [red]{balance.difference:+,} unaccounted for[/red]" if balance.difference else ""


def _show_published(outcome: RunOutcome, console: Console) -> None:
    pointer, status = read_pointer(serving_dir()), read_status(serving_dir())
    if status is not None and status.run_id == outcome.run_id:
        show_reasons(status, console)
    if pointer is None:
        console.print("\n[bold]Snapshot[/bold]  none is served yet")
        return
    current = sum(served.snapshot_id == pointer.snapshot_id for served in pointer.metrics.values())
    console.print(
        f"\n[bold]Snapshot[/bold]  {pointer.snapshot_id} serves {current} of {len(pointer.metrics)} metrics",
        highlight=False,
    )
    for metric, served in pointer.metrics.items():
        if served.held is not None:
            source = served.snapshot_id or "nothing: it never passed its checks"
            console.print(f"  [yellow]held[/yellow] {metric}, served from {source}", highlight=False)


def _show_gaps(console: Console) -> None:
    pointer = read_pointer(serving_dir())
    if pointer is None:
        return
    served = [metric for metric, at in pointer.metrics.items() if at.snapshot_id == pointer.snapshot_id]
    gaps = widest_gaps(serving_dir() / SNAPSHOTS_NAME / pointer.snapshot_id / DATABASE_NAME, served)
    if not gaps:
        return
    table = plain_table("widest gaps", "group", numbers=("group's", "others'", "points", "students"))
    for gap in gaps:
        table.add_row(
            gap.title,
            f"{gap.dimension} = {gap.member}",
            f"{gap.group_value:.1f} %",
            f"{gap.others_value:.1f} %",
            f"{gap.points:.1f}",
            f"{gap.n_students:,}",
        )
    console.print()
    console.print(table)


def plain_table(*texts: str, numbers: tuple[str, ...]) -> Table:
    """A plain table with text columns on the left and numbers, aligned right, after them."""
    table = Table(*texts, box=None, pad_edge=False)
    for heading in numbers:
        table.add_column(heading, justify="right")
    return table
