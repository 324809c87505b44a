"""Filters that choose rules of a report, shared by its summary and its findings."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pydantic import Field

from api.errors import ApiError, UnknownMetricError, UnknownValueError, quoted
from api.semantic.request import ALTERNATIVES_SHOWN, split_list
from api.snapshots.report import ALL_METRICS, OUTCOMES, SEVERITIES, JudgedRule, Report
from api.snapshots.store import Served

_VALUES: Mapping[str, Callable[[JudgedRule], Iterable[str]]] = {
    "severity": lambda rule: (rule.severity,),
    "domain": lambda rule: (rule.domain,),
    "metric": lambda rule: rule.metrics,
    "table": lambda rule: (rule.table,),
    "outcome": lambda rule: (rule.outcome,),
    "rule": lambda rule: (rule.id,),
    "owner_role": lambda rule: (rule.owner_role.id,),
    "fixed_by": lambda rule: (role.id for role in rule.fixed_by),
}
"""What a rule has of each filter."""


def filter_field(description: str, example: str) -> Any:
    """A query parameter that is a list, repeated or separated by commas; empty chooses everything."""
    return Field([], description=description, examples=[[example]])


def chosen_rules(asked: Mapping[str, Sequence[str]], report: Report, served: Served) -> tuple[JudgedRule, ...]:
    """The rules that have, of each filter asked for, one of its values.

    Raises UnknownMetricError, or UnknownValueError for another value that no rule has.
    """
    rules = report.rules
    for name, texts in asked.items():
        values = split_list(texts)
        if not values:
            continue
        known = _known(name, report, served)
        for value in values:
            check_value(name, value, known)
        # A rule that concerns all metrics concerns each.
        wanted = {*values, ALL_METRICS} if name == "metric" else {*values}
        rules = tuple(rule for rule in rules if not wanted.isdisjoint(_VALUES[name](rule)))
    return rules


def check_value(name: str, value: str, known: Iterable[str]) -> None:
    """Raise UnknownMetricError or UnknownValueError if `value` is not among the known ones."""
    listed = list(known)
    if value in listed:
        return
    kind: type[ApiError] = UnknownValueError
    remedy = "Use one of the values that /v1/quality shows."
    if name == "metric":
        kind, remedy = UnknownMetricError, "Use one of the ids that /v1/metrics lists."
    raise kind(
        f"There is no {name.replace('_', ' ')} {quoted(value)}.",
        where=f"query parameter '{name}'",
        remedy=remedy,
        given=value,
        alternatives=listed[:ALTERNATIVES_SHOWN],
    )


def known_metrics(rules: Iterable[JudgedRule], served: Served) -> list[str]:
    """Ids of all metrics that are defined, served or named by a rule."""
    named = {metric for rule in rules for metric in rule.metrics} - {ALL_METRICS}
    served_ids = served.pointer.metrics if served.pointer is not None else ()
    defined = (metric for snapshot in served.snapshots.values() for metric in snapshot.catalogue.metrics)
    return sorted({*named, *served_ids, *defined})


def _known(name: str, report: Report, served: Served) -> Iterable[str]:
    if name == "metric":
        return (*known_metrics(report.rules, served), ALL_METRICS)
    if name == "severity":
        return SEVERITIES
    if name == "outcome":
        return OUTCOMES
    if name in ("owner_role", "fixed_by"):
        return report.roles
    return sorted({value for rule in report.rules for value in _VALUES[name](rule)})
