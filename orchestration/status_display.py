"""Prints what is served at this moment."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from quality.snapshots import Status, read_pointer, read_status


def show_reasons(status: Status, console: Console) -> None:
    """Print why the last attempt held something back, one line per reason."""
    for reason in status.reasons:
        console.print(f"  • {reason.title}: {reason.reason} [dim]{reason.fix}[/dim]", soft_wrap=True)


def show_status(serving_dir: Path, console: Console) -> bool:
    """Print the served snapshot, each metric's state and the last attempt.

    Returns:
        True when a snapshot is served.
    """
    pointer, last = read_pointer(serving_dir), read_status(serving_dir)
    if last is not None:
        console.print(f"Last run: {last.outcome.replace('_', ' ')} at {last.attempted_at:%Y-%m-%d %H:%M} UTC")
        show_reasons(last, console)
    if pointer is None:
        console.print("No snapshot is served yet. Run `stocktake run`.")
        return False
    console.print(f"Serving snapshot {pointer.snapshot_id}, published {pointer.published_at:%Y-%m-%d %H:%M} UTC")
    table = Table(box=None, pad_edge=False)
    for heading in ("metric", "state", "as of", "snapshot", "held because"):
        table.add_column(heading, no_wrap=heading != "held because")
    for metric, served in sorted(pointer.metrics.items()):
        held = "; ".join(reason.title for reason in served.held.reasons) if served.held else ""
        table.add_row(metric, served.state, str(served.as_of or ""), served.snapshot_id or "none", held)
    console.print(table)
    return True
