"""Shows a run while it goes on, and what came of it."""

import time

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from ingestion.mapping import SYSTEMS, load_system
from orchestration.pipeline_run import Progress, run_refresh
from orchestration.run_summary import show_summary
from orchestration.settings import OrchestrationSettings


def landing_steps() -> dict[str, str]:
    """Title of each landing step: a system's own, and the one for what it delivers by school year."""
    titles = {}
    for system in map(load_system, SYSTEMS):
        yearly = [name for name, entity in system.entities.items() if entity.yearly]
        if len(yearly) < len(system.entities):
            titles[f"land_{system.system}"] = f"Landing {system.title}"
        if yearly:
            titles[f"land_{system.system}_yearly"] = f"Landing {system.title}: {', '.join(yearly)}"
    return titles


STEP_TITLES = {
    **landing_steps(),
    "raw_contracts": "Gate 1: contracts on raw tables",
    "quarantine_rows": "Gate 2: rules on raw rows",
    "dbt_build": "Building staging, intermediate and marts",
    "mart_contracts": "Gate 3: contracts on marts",
    "gates__validation": "Gate 4: judging each metric",
    "serving__snapshot": "Publishing the snapshot",
}


def run_with_display(settings: OrchestrationSettings, console: Console) -> bool:
    """Run the refresh job with a progress display, then print the summary.

    Returns:
        True when the run succeeded.
    """
    started = time.monotonic()
    console.print("Loading definitions", style="dim")
    with Bar(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.completed}/{task.total} steps"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("Starting", total=len(STEP_TITLES))

        def listener(event: Progress) -> None:
            title = STEP_TITLES.get(event.name, event.name)
            elapsed = time.monotonic() - started
            if event.kind == "start":
                bar.update(task, description=title)
                if not console.is_terminal:
                    console.print(f"{elapsed:6.1f} s  {title}")
            elif event.kind == "done":
                bar.advance(task)
                if console.is_terminal:
                    console.print(f"[green]✓[/green] {title} [dim]({elapsed:.1f} s)[/dim]")
            elif event.kind == "failed":
                console.print(f"[red]✗ {title}[/red]")

        outcome = run_refresh(settings, listener)
    show_summary(outcome, console)
    console.print(f"Finished in {time.monotonic() - started:.1f} s", style="dim")
    return outcome.success
