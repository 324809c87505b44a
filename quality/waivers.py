"""Waivers: findings that a person has decided to live with, for a time and for a reason.

`waivers.yml` beside the district file lists them. A waiver never hides a finding: the row stays listed, marked, and is
counted as waived. It only no longer counts against the rule's tolerance. A *false positive* says that the rule is wrong
about the row; of a rule that is not fatal it also lets a quarantined row into staging.
"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from quality.errors import WaiverError, first_problem
from quality.registry import Rule

LONGEST_DAYS = 366
"""A waiver ends after a year at the latest; somebody must look again."""


class Waiver(BaseModel):
    """One decision.

    Attributes:
        rule: id of the rule, e.g. "EN-02".
        table: restricts it to the rule on one table.
        school: restricts it to the rows of the school with this number.
        results: restricts it to these findings, by their result id.
        by: who decided, by name and role.
        until: last day on which it holds.
        revoked_on: day from which it holds no more.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1)
    rule: str
    kind: Literal["waiver", "false_positive"]
    table: str = ""
    school: str = ""
    results: tuple[str, ...] = ()
    reason: str = Field(min_length=10)
    by: str = Field(min_length=3)
    decided_on: date
    until: date
    revoked_on: date | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not 0 <= (self.until - self.decided_on).days <= LONGEST_DAYS:
            raise ValueError(f"until must lie between decided_on and {LONGEST_DAYS} days after it")
        return self

    def holds_on(self, day: date) -> bool:
        """Whether the decision holds on a day."""
        return self.decided_on <= day <= self.until and not (self.revoked_on and self.revoked_on <= day)


def read_waivers(file: Path | None, rules: Iterable[Rule]) -> tuple[Waiver, ...]:
    """The waivers of a file; none when there is no file.

    Args:
        rules: the registry, which the waivers must name.

    Raises:
        WaiverError: the file is not valid, names no rule, or waives a fatal rule.
    """
    if file is None or not file.is_file():
        return ()
    return parse_waivers(file.read_text(encoding="utf-8"), file.name, rules)


def parse_waivers(text: str, name: str, rules: Iterable[Rule]) -> tuple[Waiver, ...]:
    """The waivers of a file's text.

    Args:
        name: the file's name, for messages.
        rules: the registry, which the waivers must name.

    Raises:
        WaiverError: as `read_waivers`.
    """
    rules = tuple(rules)
    try:
        document: Any = yaml.load(text, Loader=yaml.CSafeLoader) or {}
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise WaiverError(f"{name}{line}: not valid YAML ({error.problem})") from error
    except yaml.YAMLError as error:
        raise WaiverError(f"{name} is not valid YAML; check its indentation and special characters") from error
    entries = document.get("waivers") or () if isinstance(document, dict) else None
    if not isinstance(entries, list | tuple):
        raise WaiverError(f"{name} must have a list under the key `waivers`")
    waivers = tuple(_waiver(entry, number, name) for number, entry in enumerate(entries, start=1))
    for waiver in waivers:
        _check(waiver, name, rules)
    ids = [waiver.id for waiver in waivers]
    repeated = sorted({one for one in ids if ids.count(one) > 1})
    if repeated:
        raise WaiverError(f"{name}: waivers with the same id: {', '.join(repeated)}")
    return waivers


def _waiver(entry: Any, number: int, name: str) -> Waiver:
    try:
        return Waiver.model_validate(entry)
    except ValidationError as error:
        known = entry.get("id") if isinstance(entry, dict) else None
        raise WaiverError(f"{name}: waiver {known or number} is not valid: {first_problem(error)}") from error


def _check(waiver: Waiver, name: str, rules: Iterable[Rule]) -> None:
    of_rule = [rule for rule in rules if rule.id == waiver.rule]
    if not of_rule or (waiver.table and all(rule.table != waiver.table for rule in of_rule)):
        named = f"{waiver.rule} on {waiver.table}" if waiver.table else waiver.rule
        raise WaiverError(f"{name}: waiver {waiver.id} names the rule {named}, which does not exist")
    if waiver.kind == "waiver" and any(rule.severity == "fatal" for rule in of_rule):
        raise WaiverError(
            f"{name}: waiver {waiver.id} is of a fatal rule, {waiver.rule}, which cannot be waived; mend the "
            "rows, or say false_positive if the rule is wrong about them"
        )
