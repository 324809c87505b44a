"""Shows a run while it goes on, and what came of it."""

import time
from collections.abc import Callable, Mapping

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from ingestion.mapping import SYSTEMS, load_system
from orchestration.pipeline_run import Progress, RunOutcome, run_refresh
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


REPLAY_STEPS = {
    name: title for name, title in STEP_TITLES.items() if name != "raw_contracts" and name not in landing_steps()
}
"""Steps of a run that does not land: gate 1 is that of the last landing."""


def run_with_display(
    settings: OrchestrationSettings,
    console: Console,
    run_job: Callable[[OrchestrationSettings, Callable[[Progress], None]], RunOutcome] = run_refresh,
    steps: Mapping[str, str] = STEP_TITLES,
) -> bool:
    """Run a job with a progress display, then print the summary.

    Args:
        run_job: runs it, and tells a listener what goes on.
        steps: titles of its steps.

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
        task = bar.add_task("Starting", total=len(steps))

        def listener(event: Progress) -> None:
            title = steps.get(event.name, event.name)
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

        outcome = run_job(settings, listener)
    show_summary(outcome, console)
    console.print(f"Finished in {time.monotonic() - started:.1f} s", style="dim")
    return outcome.success
