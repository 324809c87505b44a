"""`stocktake certify`: windows are opened, reviewed, signed, frozen and restated here, and nowhere else."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ingestion.settings import IngestionSettings
from orchestration.settings import serving_dir
from quality.certification import steps
from quality.certification.frozen import read_version
from quality.certification.records import Person, WindowRecord
from quality.certification.windows import WINDOWS_FILE, Window, read_windows, window_named
from quality.errors import CertificationError, QualityError
from quality.published_files import Pointer, read_pointer
from quality.rule_set import current_rule_set
from quality.snapshots import SnapshotFacts, read_facts

certify_app = typer.Typer(
    help="Certify figures: a steward reviews, the superintendent or a designee signs, then they are frozen.",
    no_args_is_help=True,
)
console = Console(file=sys.stdout)

WindowOption = Annotated[str, typer.Option("--window", help="Id of the window in certification_windows.yml.")]
ByOption = Annotated[str, typer.Option("--by", help='Who takes the step, as "name/role".')]
SnapshotOption = Annotated[
    str | None, typer.Option("--snapshot", help="Snapshot whose figures are meant; the newest when left out.")
]
AcknowledgeOption = Annotated[
    list[str] | None, typer.Option("--acknowledge", help='"RULE=reason" for a rule with failing rows; may be repeated.')
]


@contextmanager
def plain_refusals() -> Iterator[None]:
    """Show why a step cannot be taken as one sentence, without a traceback."""
    try:
        yield
    except QualityError as error:
        console.print(f"[red]{error}[/red]", soft_wrap=True, highlight=False)
        raise typer.Exit(2) from error


@certify_app.command("open")
def open_window(window: WindowOption, by: ByOption) -> None:
    """Open a window as certification_windows.yml defines it now; opening again takes earlier signatures back."""
    with plain_refusals():
        record = steps.open_window(
            serving_dir(),
            window_named(window, _defined(), windows_file()),
            by=Person.parse(by),
            rule_set=current_rule_set(),
            now=datetime.now(UTC),
        )
        definition = record.definition
        _say(
            f"{definition.id} is open from {definition.opens_on} to {definition.closes_on} for "
            f"{len(definition.metrics)} metrics of {definition.school_year}. Next: "
            f"`stocktake certify review --window {definition.id}` by a {' or '.join(definition.reviewed_by)}."
        )


@certify_app.command("review")
def review(
    window: WindowOption, by: ByOption, acknowledge: AcknowledgeOption = None, snapshot: SnapshotOption = None
) -> None:
    """Say, as a steward, that you have looked at the window's figures and that they are right."""
    with plain_refusals():
        record = steps.review(
            serving_dir(),
            window,
            by=Person.parse(by),
            now=datetime.now(UTC),
            acknowledged=_reasons(acknowledge),
            snapshot_id=snapshot,
        )
        _say(
            f"{window} is reviewed. Next: `stocktake certify sign --window {window}` by a "
            f"{' or '.join(record.definition.signed_by)}."
        )


@certify_app.command("sign")
def sign(
    window: WindowOption, by: ByOption, acknowledge: AcknowledgeOption = None, snapshot: SnapshotOption = None
) -> None:
    """Certify, as superintendent or designee, the figures that somebody else has reviewed."""
    with plain_refusals():
        steps.sign(
            serving_dir(),
            window,
            by=Person.parse(by),
            now=datetime.now(UTC),
            acknowledged=_reasons(acknowledge),
            snapshot_id=snapshot,
        )
        _say(f"{window} is certified. Next: `stocktake certify freeze --window {window}`.")


@certify_app.command("freeze")
def freeze(window: WindowOption, by: ByOption) -> None:
    """Write the certified figures down for good; from now on they change by restatement only."""
    with plain_refusals():
        record = steps.freeze(serving_dir(), window, by=Person.parse(by), now=datetime.now(UTC))
        _say(f"{window} is frozen as version 1, from snapshot {record.versions[-1].snapshot_id}.")


@certify_app.command("restate")
def restate(
    window: WindowOption, by: ByOption, reason: Annotated[str, typer.Option(help="Why the figures are corrected.")]
) -> None:
    """Put the newest snapshot's figures in the place of frozen ones; earlier versions stay readable."""
    with plain_refusals():
        record = steps.restate(serving_dir(), window, by=Person.parse(by), now=datetime.now(UTC), reason=reason)
        version = len(record.versions)
        changed = sum(change.figures for change in read_version(serving_dir(), record, version).changes)
        _say(
            f"{window} is restated as version {version}: {changed:,} figures differ from version {version - 1}, "
            f"`stocktake diff {window}@{version - 1} {window}@{version}` shows them. Run `stocktake run` to serve them."
        )


@certify_app.command("status")
def status(window: Annotated[str | None, typer.Option("--window", help="Only this window.")] = None) -> None:
    """Show each window: dates, signatures, versions, the states of its metrics, and what is still to be answered."""
    with plain_refusals():
        folder = serving_dir()
        records, pointer = steps.all_windows(folder), read_pointer(folder)
        defined = {window.id: window for window in _defined()}
        if not defined and not records:
            _say(f"No window is defined. Write {windows_file()}; docs/guides/certify-figures.md shows how.")
        for window_id in sorted({window} if window else {*defined, *records}):
            if window_id not in records:
                window_named(window_id, tuple(defined.values()), windows_file())
            _show(window_id, defined.get(window_id), records.get(window_id), pointer, folder)


def windows_file() -> Path:
    """The file that defines the district's windows, beside the district file."""
    return IngestionSettings().resolved_district_file.with_name(WINDOWS_FILE)


def _defined() -> tuple[Window, ...]:
    return read_windows(windows_file())


def _show(
    window_id: str, defined: Window | None, record: WindowRecord | None, pointer: Pointer | None, folder: Path
) -> None:
    window = record.definition if record else defined
    if window is None:
        return
    where = f"schools {', '.join(window.schools)}" if window.schools else "the district"
    console.print(f"[bold]{window.id}[/bold]  {window.title}", highlight=False)
    _say(
        f"  {window.school_year}, {where}, {len(window.metrics)} metrics, open from {window.opens_on} "
        f"to {window.closes_on}"
    )
    if record is None:
        _say(f"  not opened; `stocktake certify open --window {window_id}`")
        return
    if defined is not None and defined != record.definition and not record.versions:
        _say(f"  {WINDOWS_FILE} has changed since it was opened; open it again for that to count")
    table = Table(box=None, pad_edge=False, show_header=False)
    for done, step in (("opened", record.opened), ("reviewed", record.review), ("signed", record.signature)):
        if step is not None:
            table.add_row("", done, f"{step.at:%Y-%m-%d}", str(step.by), "")
    for entry in record.versions:
        manifest = read_version(folder, record, entry.version)
        told = f"version {entry.version}, {entry.snapshot_id}" + (f": {manifest.reason}" if manifest.reason else "")
        table.add_row("", entry.action, f"{entry.at:%Y-%m-%d}", str(entry.by), told)
    console.print(table)
    states: dict[str, int] = {}
    held = []
    for metric in window.metrics:
        served = pointer.metrics.get(metric) if pointer else None
        state = (
            next((one.state for one in served.windows if one.window == window_id), served.state) if served else "raw"
        )
        states[state] = states.get(state, 0) + 1
        held += [reason.reason for reason in served.held.reasons] if served and served.held else []
    _say("  now " + ", ".join(f"{state}: {count} metrics" for state, count in states.items()))
    for reason in dict.fromkeys(held):
        _say(f"  held: {reason}")
    if pointer is not None and not record.versions:
        _show_unanswered(record, read_facts(folder, pointer.snapshot_id))


def _show_unanswered(record: WindowRecord, facts: SnapshotFacts) -> None:
    open_rules = steps.unanswered(record, facts, record.acknowledged)
    if not open_rules:
        return
    _say(f"  rules with failing rows in snapshot {facts.snapshot_id} that nobody has waived or acknowledged:")
    table = Table(box=None, pad_edge=False, show_header=False)
    for rule in sorted(open_rules, key=lambda one: (one.rule_id, one.source_table)):
        table.add_row("   ", rule.rule_id, f"{rule.rows_failed:,} rows in {rule.source_table}", rule.title)
    console.print(table)


def _reasons(acknowledge: list[str] | None) -> dict[str, str]:
    reasons = {}
    for text in acknowledge or ():
        rule, equals, reason = (part.strip() for part in text.partition("="))
        if not (rule and equals and reason):
            raise CertificationError(f"'{text}' gives no reason; write --acknowledge \"EN-07=why it may stay\".")
        reasons[rule] = reason
    return reasons


def _say(text: str) -> None:
    console.print(text, soft_wrap=True, highlight=False, markup=False)
