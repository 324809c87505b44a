"""Which metrics may be published: pure functions over what the rules and contracts found."""

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from quality.registry import ALL_METRICS
from quality.rule_results import RuleResult
from quality.severities import Severity

GateState = Literal["raw", "validated"]
"""What the gates alone can say of a metric."""

VerificationState = Literal["raw", "validated", "reviewed", "certified", "frozen", "restated"]
"""The same and what people have signed since, see `quality.certification`; from the least to the best verified."""


FROZEN_RULE = "MT-03"
"""The rule that frozen figures do not change without a restatement."""


class Reason(BaseModel):
    """Why a metric is held: the rule, where it failed, and what mends it."""

    model_config = ConfigDict(frozen=True)

    rule_id: str
    title: str
    source_table: str
    rows_failed: int
    reason: str
    fix: str


class ContractFailure(BaseModel):
    """A contract check that did not hold."""

    model_config = ConfigDict(frozen=True)

    table: str
    check_path: str
    title: str
    rows_failed: int
    fix: str


class OpenIssues(BaseModel):
    """Rules with failing rows that concern a metric.

    Attributes:
        fatal: rules that hold the metric; 0 for a validated one.
        error: fatal rules within their tolerance, and rules of severity error.
        warn: rules of severity warn; those of severity info are no issue.
    """

    model_config = ConfigDict(frozen=True)

    fatal: int = 0
    error: int = 0
    warn: int = 0


class OpenRule(BaseModel):
    """A rule with rows that fail, or would if nobody had waived them, but do not hold the metrics that it concerns."""

    model_config = ConfigDict(frozen=True)

    rule_id: str
    title: str
    source_table: str
    severity: Severity
    rows_failed: int
    rows_waived: int = 0


class Validation(BaseModel):
    """The verdict of the gates on one metric.

    Attributes:
        open_rules: what does not hold it, but is to be known before its figures are certified.
    """

    model_config = ConfigDict(frozen=True)

    metric: str
    state: GateState
    held_by: tuple[Reason, ...] = ()
    open_issues: OpenIssues = OpenIssues()
    open_rules: tuple[OpenRule, ...] = ()


def is_servable(state: VerificationState) -> bool:
    """Whether a metric in this state may be shown; what people sign or do not sign changes nothing about it."""
    return state != "raw"


def awaits_restatement(verdict: Validation) -> bool:
    """Whether a metric is held by nothing but a change of its frozen figures, which a restatement would release."""
    return bool(verdict.held_by) and {reason.rule_id for reason in verdict.held_by} == {FROZEN_RULE}


def validate(
    metric_ids: Sequence[str],
    rule_results: Iterable[RuleResult],
    contract_failures: Sequence[ContractFailure] = (),
) -> dict[str, Validation]:
    """Validate each metric that no failing fatal rule names.

    Args:
        rule_results: results of both stages.
        contract_failures: any of them holds every metric.

    Returns:
        One validation per metric, in the order given.
    """
    results = tuple(rule_results)
    broken_contracts = tuple(contract_reason(failure) for failure in contract_failures)
    return {metric: _validate_one(metric, results, broken_contracts) for metric in metric_ids}


def contract_reason(failure: ContractFailure) -> Reason:
    """A broken contract as a reason, so that readers need to know one shape only."""
    return Reason(
        rule_id=f"contract:{failure.check_path}",
        title=failure.title,
        source_table=failure.table,
        rows_failed=failure.rows_failed,
        reason="The table is not what its contract promises.",
        fix=failure.fix,
    )


def _validate_one(metric: str, results: Sequence[RuleResult], broken_contracts: tuple[Reason, ...]) -> Validation:
    concerning = [r for r in results if r.outcome != "pass" and _concerns(r, metric)]
    failing = [r for r in concerning if r.outcome == "fail"]
    open_rules = [r for r in concerning if r.outcome == "warn" and r.severity != "info"]
    waived = [r for r in results if r.outcome == "pass" and r.rows_waived and _concerns(r, metric)]
    held_by = broken_contracts + tuple(
        Reason(
            rule_id=r.rule_id,
            title=r.title,
            source_table=r.source_table,
            rows_failed=r.rows_failed,
            reason=r.reason,
            fix=r.fix,
        )
        for r in failing
    )
    warnings = sum(r.severity == "warn" for r in open_rules)
    return Validation(
        metric=metric,
        state="raw" if held_by else "validated",
        held_by=held_by,
        open_issues=OpenIssues(fatal=len(held_by), error=len(open_rules) - warnings, warn=warnings),
        open_rules=tuple(
            OpenRule(
                rule_id=r.rule_id,
                title=r.title,
                source_table=r.source_table,
                severity=r.severity,
                rows_failed=r.rows_failed,
                rows_waived=r.rows_waived,
            )
            for r in (*open_rules, *waived)
        ),
    )


def _concerns(result: RuleResult, metric: str) -> bool:
    return metric in result.metrics or ALL_METRICS in result.metrics
