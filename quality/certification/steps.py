"""The steps of certification, as the command line takes them: what each requires, and what it writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from quality.certification.figures import open_snapshot, window_hashes
from quality.certification.frozen import VersionManifest, read_version, write_version
from quality.certification.ledger import append_entry, certification_lock, read_ledger
from quality.certification.records import (
    Entry,
    Frozen,
    Opened,
    Person,
    Restated,
    Reviewed,
    Signed,
    WindowRecord,
    advance,
    few_of,
    window_records,
)
from quality.certification.served import with_signed_states
from quality.certification.windows import Window
from quality.errors import CertificationError
from quality.published_files import POINTER_NAME, read_pointer, write_published
from quality.snapshots import OpenRuleOfMetrics, SnapshotFacts, read_facts
from quality.validation import FROZEN_RULE, OpenRule, is_servable


@dataclass(frozen=True)
class _Seen:
    """A snapshot as a step finds it, and the window's figures in it."""

    facts: SnapshotFacts
    figures: dict[str, str]


def open_window(serving_dir: Path, window: Window, *, by: Person, rule_set: str, now: datetime) -> WindowRecord:
    """Open a window as it is defined now; earlier reviews and signatures no longer count."""
    entry = Opened(window=window.id, at=now, by=by, definition=window, rule_set=rule_set)
    return _take(serving_dir, entry)


def review(
    serving_dir: Path,
    window_id: str,
    *,
    by: Person,
    now: datetime,
    acknowledged: Mapping[str, str],
    snapshot_id: str | None = None,
) -> WindowRecord:
    """The first of two signatures, on the figures of a snapshot; the newest one when none is named.

    Args:
        acknowledged: rule id -> why its failing rows do not stand in the way.

    Raises:
        CertificationError: the step may not be taken; the message names the remedy.
    """
    record = _opened(serving_dir, window_id)
    seen = _look(serving_dir, record, snapshot_id)
    on = _local(now, seen.facts)
    _require_certifiable(record, seen.facts, {**record.acknowledged, **acknowledged})
    entry = Reviewed(at=on, **_signed(window_id, by, seen, acknowledged))
    return _take(serving_dir, entry)


def sign(
    serving_dir: Path,
    window_id: str,
    *,
    by: Person,
    now: datetime,
    acknowledged: Mapping[str, str],
    snapshot_id: str | None = None,
) -> WindowRecord:
    """The second signature, by another person, on the same figures. Arguments and errors as for `review`."""
    record = _opened(serving_dir, window_id)
    seen = _look(serving_dir, record, snapshot_id)
    on = _local(now, seen.facts)
    entry = Signed(at=on, **_signed(window_id, by, seen, acknowledged))
    advance(record, entry)
    _require_certifiable(record, seen.facts, {**record.acknowledged, **acknowledged})
    return _take(serving_dir, entry)


def _signed(window_id: str, by: Person, seen: _Seen, acknowledged: Mapping[str, str]) -> dict[str, Any]:
    """What either signature says."""
    return {
        "window": window_id,
        "by": by,
        "snapshot_id": seen.facts.snapshot_id,
        "figures": seen.figures,
        "acknowledged": dict(acknowledged),
    }


def freeze(serving_dir: Path, window_id: str, *, by: Person, now: datetime) -> WindowRecord:
    """Write the certified figures down for good. Errors as for `review`."""
    record = _opened(serving_dir, window_id)
    served = _look(serving_dir, record, None)
    attempt = Frozen(
        window=window_id,
        at=_local(now, served.facts),
        by=by,
        snapshot_id=served.facts.snapshot_id,
        figures=served.figures,
        version=1,
        manifest="",
    )
    advance(record, attempt)
    # What is served has not changed since it was signed, so it is written down from the snapshot that was signed.
    signed = _look(serving_dir, record, record.signature.snapshot_id if record.signature else None)
    entry = attempt.model_copy(update={"snapshot_id": signed.facts.snapshot_id})
    return _take(serving_dir, entry, _Version(record, signed, None))


def restate(serving_dir: Path, window_id: str, *, by: Person, now: datetime, reason: str) -> WindowRecord:
    """Put the newest snapshot's figures in the place of frozen ones, which stay readable. Errors as for `review`."""
    record = _opened(serving_dir, window_id)
    seen = _look(serving_dir, record, None)
    attempt = Restated(
        window=window_id,
        at=_local(now, seen.facts),
        by=by,
        snapshot_id=seen.facts.snapshot_id,
        figures=seen.figures,
        version=len(record.versions) + 1,
        manifest="",
        reason=reason.strip(),
    )
    advance(record, attempt)
    held = [
        metric
        for metric in record.definition.metrics
        if (facts := seen.facts.metrics.get(metric)) is None or set(facts.held_by) - {FROZEN_RULE}
    ]
    if held:
        raise CertificationError(
            f"{few_of(held)} failed other checks in snapshot {seen.facts.snapshot_id}; correct what `stocktake status` "
            "names, run again, and restate then."
        )
    return _take(serving_dir, attempt, _Version(record, seen, attempt.reason))


def all_windows(serving_dir: Path) -> dict[str, WindowRecord]:
    """Every window that was ever opened. Raises LedgerError."""
    return window_records(read_ledger(serving_dir).entries)


def frozen_version(serving_dir: Path, window_id: str, version: int) -> tuple[WindowRecord, VersionManifest]:
    """A frozen version, checked. Raises CertificationError when there is none, LedgerError when it is damaged."""
    record = _opened(serving_dir, window_id)
    if not 1 <= version <= len(record.versions):
        raise CertificationError(
            f"The window {window_id} has {len(record.versions)} frozen versions; `stocktake certify status` lists them."
        )
    return record, read_version(serving_dir, record, version)


def unanswered(record: WindowRecord, facts: SnapshotFacts, acknowledged: Mapping[str, str]) -> list[OpenRuleOfMetrics]:
    """Rules of severity error with rows in the window's metrics that nobody has waived or acknowledged.

    A fatal rule within its tolerance counts as one.
    """
    answered = {rule for rule, reason in acknowledged.items() if reason.strip()}
    return [
        rule
        for rule in _open_rules(record, facts)
        if rule.severity in ("fatal", "error") and rule.rows_failed and rule.rule_id not in answered
    ]


def _open_rules(record: WindowRecord, facts: SnapshotFacts) -> list[OpenRuleOfMetrics]:
    return [rule for rule in facts.open_rules if set(rule.metrics) & set(record.definition.metrics)]


@dataclass(frozen=True)
class _Version:
    """What a frozen version is written from."""

    record: WindowRecord
    seen: _Seen
    reason: str | None


def _take(serving_dir: Path, entry: Entry, version: _Version | None = None) -> WindowRecord:
    """Add the entry, its frozen version before it, and tell readers; all under the lock, from the newest ledger."""
    with certification_lock(serving_dir):
        ledger = read_ledger(serving_dir)
        record = advance(window_records(ledger.entries).get(entry.window), entry)
        if version is not None and isinstance(entry, Frozen | Restated):
            entry = _write(serving_dir, entry, version)
            record = advance(window_records(ledger.entries).get(entry.window), entry)
        append_entry(serving_dir, entry)
        pointer = read_pointer(serving_dir)
        if pointer is not None:
            write_published(serving_dir / POINTER_NAME, with_signed_states(pointer, serving_dir))
    return record


def _write(serving_dir: Path, entry: Frozen | Restated, version: _Version) -> Frozen | Restated:
    facts = version.seen.facts
    with open_snapshot(serving_dir, facts.snapshot_id) as connection:
        _, digest = write_version(
            connection,
            serving_dir,
            version.record,
            snapshot_id=facts.snapshot_id,
            figures=version.seen.figures,
            definitions={
                metric: facts.definitions[metric]
                for metric in version.record.definition.metrics
                if metric in facts.definitions
            },
            rule_set=facts.versions.get("rules", ""),
            open_rules=tuple(OpenRule(**_rule(rule)) for rule in _open_rules(version.record, facts)),
            now=entry.at,
            by=entry.by,
            reason=version.reason,
        )
    return entry.model_copy(update={"manifest": digest})


def _rule(rule: OpenRuleOfMetrics) -> dict[str, Any]:
    return rule.model_dump(include=set(OpenRule.model_fields))


def _opened(serving_dir: Path, window_id: str) -> WindowRecord:
    record = all_windows(serving_dir).get(window_id)
    if record is None:
        raise CertificationError(
            f"The window {window_id} has not been opened; run `stocktake certify open --window {window_id}`."
        )
    return record


def _look(serving_dir: Path, record: WindowRecord, snapshot_id: str | None) -> _Seen:
    pointer = read_pointer(serving_dir)
    if pointer is None:
        raise CertificationError("Nothing has been published yet; run `stocktake run` first.")
    facts = read_facts(serving_dir, snapshot_id or pointer.snapshot_id)
    if record.definition.school_year not in facts.school_years:
        raise CertificationError(
            f"Snapshot {facts.snapshot_id} has no school year {record.definition.school_year}; correct `school_year` "
            f"of {record.definition.id} and open it again."
        )
    with open_snapshot(serving_dir, facts.snapshot_id) as connection:
        return _Seen(facts, window_hashes(connection, record.definition))


def _require_certifiable(record: WindowRecord, facts: SnapshotFacts, acknowledged: Mapping[str, str]) -> None:
    window, snapshot = record.definition, facts.snapshot_id
    held = [
        metric
        for metric in window.metrics
        if metric not in facts.metrics or not is_servable(facts.metrics[metric].state)
    ]
    if held:
        raise CertificationError(
            f"{few_of(held)} did not pass the gates in snapshot {snapshot}; correct what `stocktake status` names and "
            "run again."
        )
    if facts.versions.get("rules") != record.rule_set:
        raise CertificationError(
            f"The rules that judged snapshot {snapshot} are not those that {window.id} was opened with; run "
            f"`stocktake run`, then open it again with `stocktake certify open --window {window.id}`."
        )
    open_rules = unanswered(record, facts, acknowledged)
    if open_rules:
        ids = list(dict.fromkeys(rule.rule_id for rule in open_rules))
        raise CertificationError(
            f"{len(ids)} {'rule' if len(ids) == 1 else 'rules'} with failing rows concern {window.id} ({few_of(ids)}); "
            f"`stocktake certify status --window {window.id}` lists them: correct each, waive it in waivers.yml "
            "and run again, or say why it may stay with "
            f'--acknowledge "{ids[0]}=…".'
        )


def _local(now: datetime, facts: SnapshotFacts) -> datetime:
    try:
        return now.astimezone(ZoneInfo(facts.district.timezone))
    except (ZoneInfoNotFoundError, ValueError):
        return now.astimezone(UTC)
