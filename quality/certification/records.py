"""Which step of a certification may follow which: pure functions over the entries of the ledger.

    opened -> reviewed -> signed -> frozen -> restated -> restated ...

A review or signature binds to the figures that it saw, by a hash for each metric; a metric whose figures have changed
since is merely validated again.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from quality.certification.windows import Window
from quality.comparison.figures import NO_FIGURES
from quality.errors import CertificationError
from quality.validation import VerificationState


class Person(BaseModel):
    """Somebody who takes a step, in a role."""

    model_config = ConfigDict(frozen=True)

    name: str
    role: str

    @classmethod
    def parse(cls, text: str) -> "Person":
        """Read `name/role`. Raises CertificationError."""
        name, slash, role = (part.strip() for part in text.rpartition("/"))
        if not (slash and name and role):
            raise CertificationError(f"'{text}' is not a name with a role; write it as \"Ana Reyes/steward\".")
        return cls(name=name, role=role.casefold())

    def is_same_as(self, other: "Person") -> bool:
        """Whether both names are one person's, whatever the case, the spaces and the role."""
        return _plain(self.name) == _plain(other.name)

    def __str__(self) -> str:
        return f"{self.name} ({self.role})"


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True)

    window: str
    at: AwareDatetime
    """In the district's time zone, whose day decides whether a window is open."""
    by: Person


class _OfFigures(_Entry):
    snapshot_id: str
    figures: dict[str, str]
    """Metric -> SHA-256 of its figures in the window; see `quality.comparison.figures.figure_hashes`."""


class Opened(_Entry):
    """The window opens, or opens again, which takes earlier reviews and signatures back.

    Attributes:
        definition: as the district had written it on that day.
        rule_set: version of the rules that the gates apply.
    """

    action: Literal["opened"] = "opened"
    definition: Window
    rule_set: str


class Reviewed(_OfFigures):
    """A steward has looked at the figures; `acknowledged` says of open rules why they do not stand in the way."""

    action: Literal["reviewed"] = "reviewed"
    acknowledged: dict[str, str] = {}


class Signed(_OfFigures):
    """The superintendent or designee certifies the figures that were reviewed."""

    action: Literal["signed"] = "signed"
    acknowledged: dict[str, str] = {}


class Frozen(_OfFigures):
    """The certified figures were written down for good; `manifest` is the SHA-256 of their manifest."""

    action: Literal["frozen"] = "frozen"
    version: int
    manifest: str


class Restated(_OfFigures):
    """Other figures take the place of frozen ones, which stay readable."""

    action: Literal["restated"] = "restated"
    version: int
    manifest: str
    reason: str


Entry = Annotated[Opened | Reviewed | Signed | Frozen | Restated, Field(discriminator="action")]


@dataclass(frozen=True)
class WindowRecord:
    """Where a window stands after all its entries."""

    definition: Window
    rule_set: str
    opened: Opened
    review: Reviewed | None = None
    signature: Signed | None = None
    versions: tuple[Frozen | Restated, ...] = ()

    @property
    def acknowledged(self) -> dict[str, str]:
        """Reasons given since the window was opened, by rule."""
        given = [step.acknowledged for step in (self.review, self.signature) if step is not None]
        return {rule: reason for one in given for rule, reason in one.items()}

    @property
    def snapshots(self) -> frozenset[str]:
        """Snapshots that somebody has signed for, which must be kept."""
        steps = (self.review, self.signature, *self.versions)
        return frozenset(step.snapshot_id for step in steps if step is not None)


def window_records(entries: Iterable[Entry]) -> dict[str, WindowRecord]:
    """Every window that was ever opened. Raises CertificationError when a step could not follow the one before it."""
    records: dict[str, WindowRecord] = {}
    for entry in entries:
        records[entry.window] = advance(records.get(entry.window), entry)
    return records


def advance(record: WindowRecord | None, entry: Entry) -> WindowRecord:
    """The record after one more step. Raises CertificationError with the remedy when the step may not be taken."""
    if isinstance(entry, Opened):
        return _open(record, entry)
    if record is None:
        raise CertificationError(
            f"The window {entry.window} has not been opened; run `stocktake certify open --window {entry.window}`."
        )
    match entry:
        case Reviewed():
            return _review(record, entry)
        case Signed():
            return _sign(record, entry)
        case Frozen():
            return _freeze(record, entry)
        case Restated():
            return _restate(record, entry)


def metric_state(record: WindowRecord, metric: str, digest: str) -> VerificationState:
    """What a window says of a metric's figures, given their hash; of figures that it has not seen, `validated`."""
    if record.versions:
        history = [version.figures.get(metric, NO_FIGURES) for version in record.versions]
        if digest != history[-1]:
            return "validated"
        return "frozen" if len(set(history)) == 1 else "restated"
    if record.signature is not None and record.signature.figures.get(metric) == digest:
        return "certified"
    if record.review is not None and record.review.figures.get(metric) == digest:
        return "reviewed"
    return "validated"


def content_hash(figures: Mapping[str, str]) -> str:
    """One SHA-256 for all figures of a window."""
    return hashlib.sha256(json.dumps(dict(figures), sort_keys=True).encode()).hexdigest()


def _open(record: WindowRecord | None, entry: Opened) -> WindowRecord:
    if record is not None and record.versions:
        raise CertificationError(
            f"The window {entry.window} is frozen; correct its figures with `stocktake certify restate`."
        )
    _require_role(entry.by, (*entry.definition.reviewed_by, *entry.definition.signed_by), "open")
    return WindowRecord(entry.definition, entry.rule_set, entry)


def _review(record: WindowRecord, entry: Reviewed) -> WindowRecord:
    _require_not_frozen(record)
    _require_open(record.definition, entry.at.date())
    _require_role(entry.by, record.definition.reviewed_by, "review")
    # A review of other figures leaves nothing of a signature that stood for the former ones.
    return replace(record, review=entry, signature=None)


def _sign(record: WindowRecord, entry: Signed) -> WindowRecord:
    _require_not_frozen(record)
    _require_open(record.definition, entry.at.date())
    _require_role(entry.by, record.definition.signed_by, "sign")
    review = record.review
    if review is None:
        raise CertificationError(
            f"Nobody has reviewed the window {entry.window} yet; let a {_any_of(record.definition.reviewed_by)} run "
            f"`stocktake certify review --window {entry.window}` first."
        )
    if entry.by.is_same_as(review.by):
        raise CertificationError(
            f"{entry.by.name} has reviewed this window and cannot sign it, too; let another person sign."
        )
    _require_same_figures(review, entry, "reviewed", "review them again with `stocktake certify review`")
    return replace(record, signature=entry)


def _freeze(record: WindowRecord, entry: Frozen) -> WindowRecord:
    if record.versions:
        raise CertificationError(
            f"The window {entry.window} is frozen already; correct its figures with `stocktake certify restate`."
        )
    if record.signature is None:
        raise CertificationError(
            f"The window {entry.window} is not certified yet; let it be reviewed and signed before it is frozen."
        )
    _require_role(entry.by, (*record.definition.reviewed_by, *record.definition.signed_by), "freeze")
    _require_same_figures(record.signature, entry, "signed", "let them be reviewed and signed again")
    _require_version(entry.version, 1)
    return replace(record, versions=(entry,))


def _restate(record: WindowRecord, entry: Restated) -> WindowRecord:
    if not record.versions:
        raise CertificationError(
            f"The window {entry.window} is not frozen, so there is nothing to restate; review and sign it instead."
        )
    _require_role(entry.by, record.definition.signed_by, "restate")
    if not entry.reason.strip():
        raise CertificationError("A restatement needs a reason that readers will see; give it with --reason.")
    if entry.figures == record.versions[-1].figures:
        raise CertificationError(
            f"The figures of {entry.window} are those of version {len(record.versions)}; there is nothing to restate."
        )
    _require_version(entry.version, len(record.versions) + 1)
    return replace(record, versions=(*record.versions, entry))


def _require_not_frozen(record: WindowRecord) -> None:
    if record.versions:
        raise CertificationError(
            f"The window {record.definition.id} is frozen; correct its figures with `stocktake certify restate`."
        )


def _require_open(window: Window, on: date) -> None:
    if not window.is_open(on):
        raise CertificationError(
            f"The window {window.id} is open from {window.opens_on} to {window.closes_on}, and today is {on}; "
            f"change its dates in certification_windows.yml and open it again."
        )


def _require_role(person: Person, roles: tuple[str, ...], deed: str) -> None:
    if person.role not in {role.casefold() for role in roles}:
        raise CertificationError(
            f"The role '{person.role}' cannot {deed} this window; it takes a {_any_of(roles)}, "
            'as in --by "Ana Reyes/' + roles[0] + '".'
        )


def _require_same_figures(before: _OfFigures, entry: _OfFigures, done: str, remedy: str) -> None:
    metrics = {*before.figures, *entry.figures}
    differing = sorted(metric for metric in metrics if before.figures.get(metric) != entry.figures.get(metric))
    if differing:
        raise CertificationError(
            f"The figures of {few_of(differing)} have changed since {before.by} {done} them on {before.at:%Y-%m-%d}; "
            f"{remedy}."
        )


def _require_version(version: int, expected: int) -> None:
    if version != expected:
        raise CertificationError(f"The next version is {expected}, not {version}; take the step again.")


def few_of(names: Sequence[str]) -> str:
    """The first three names, and how many more there are."""
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


def _any_of(roles: tuple[str, ...]) -> str:
    return " or ".join(roles)


def _plain(name: str) -> str:
    return re.sub(r"\s+", " ", name).strip().casefold()
