"""What `stocktake waive` and `stocktake waivers` do with the waivers beside the district file."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from ingestion.settings import IngestionSettings
from orchestration.settings import waivers_file
from quality.errors import WaiverError, first_problem
from quality.registry import load_rules
from quality.waivers import Waiver, read_waivers
from quality.waivers_file import add_waiver, next_id, revoke_waiver


def decide(
    rule: str,
    *,
    kind: str,
    table: str,
    school: str,
    results: Sequence[str],
    reason: str,
    by: str,
    until: str,
    today: date,
) -> Waiver:
    """Append a waiver to the list and return it.

    Raises:
        WaiverError: the list, or what was decided, is not valid; nothing is written.
    """
    file, rules = waivers_file(IngestionSettings()), load_rules()
    entry = {
        "id": next_id(read_waivers(file, rules), today.year),
        "rule": rule,
        "kind": kind,
        "table": table,
        "school": school,
        "results": tuple(results),
        "reason": " ".join(reason.split()),
        "by": " ".join(by.split()),
        "decided_on": today,
        "until": until,
    }
    try:
        waiver = Waiver.model_validate(entry)
    except ValidationError as error:
        raise WaiverError(f"this waiver is not valid: {first_problem(error)}") from error
    add_waiver(file, waiver, rules)
    return waiver


def revoke(waiver_id: str, today: date) -> None:
    """Let a waiver hold no more from today on.

    Raises:
        WaiverError: there is no such waiver, or it is revoked already; nothing is written.
    """
    revoke_waiver(waivers_file(IngestionSettings()), waiver_id, today, load_rules())


def show_waivers(console: Console, today: date) -> None:
    """Print every waiver with whether it holds today.

    Raises:
        WaiverError: the list is not valid.
    """
    file = waivers_file(IngestionSettings())
    waivers = read_waivers(file, load_rules())
    if not waivers:
        console.print(f"No waivers in {file}. `stocktake waive` adds one.", soft_wrap=True)
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("waiver", "rule", "concerns", "kind", "by", "until", "today", "reason"):
        table.add_column(heading, no_wrap=heading in ("waiver", "rule", "until", "today"))
    for one in waivers:
        table.add_row(
            *(one.id, one.rule, scope_of(one), one.kind.replace("_", " "), one.by),
            *(str(one.until), state_of(one, today), one.reason),
        )
    console.print(table, markup=False)


def scope_of(waiver: Waiver) -> str:
    """What a waiver concerns, in words."""
    parts = [waiver.table, f"school {waiver.school}" if waiver.school else ""]
    parts.append(f"{len(waiver.results)} finding(s)" if waiver.results else "")
    return ", ".join(part for part in parts if part) or "every finding"


def state_of(waiver: Waiver, today: date) -> Literal["holds", "revoked", "expired", "not yet"]:
    """Whether a waiver holds on a day, and if not, why."""
    if waiver.holds_on(today):
        return "holds"
    if waiver.revoked_on and waiver.revoked_on <= today:
        return "revoked"
    return "expired" if waiver.until < today else "not yet"
