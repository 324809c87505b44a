"""Which metrics may be published: pure functions over what the rules and contracts found."""

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from quality.registry import ALL_METRICS
from quality.rule_results import RuleResult

CertificationState = Literal["certified", "raw"]


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
        fatal: rules that hold the metric; 0 for a certified one.
        error: fatal rules within their tolerance, and rules of severity error.
        warn: rules of severity warn; those of severity info are no issue.
    """

    model_config = ConfigDict(frozen=True)

    fatal: int = 0
    error: int = 0
    warn: int = 0


class Certification(BaseModel):
    """The verdict on one metric."""

    model_config = ConfigDict(frozen=True)

    metric: str
    state: CertificationState
    held_by: tuple[Reason, ...] = ()
    open_issues: OpenIssues = OpenIssues()


def certify(
    metric_ids: Sequence[str],
    rule_results: Iterable[RuleResult],
    contract_failures: Sequence[ContractFailure] = (),
) -> dict[str, Certification]:
    """Certify each metric that no failing fatal rule names.

    Args:
        rule_results: results of both stages.
        contract_failures: any of them holds every metric.

    Returns:
        One certification per metric, in the order given.
    """
    results = tuple(rule_results)
    broken_contracts = tuple(contract_reason(failure) for failure in contract_failures)
    return {metric: _certify_one(metric, results, broken_contracts) for metric in metric_ids}


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


def _certify_one(metric: str, results: Sequence[RuleResult], broken_contracts: tuple[Reason, ...]) -> Certification:
    concerning = [r for r in results if r.outcome != "pass" and (metric in r.metrics or ALL_METRICS in r.metrics)]
    failing = [r for r in concerning if r.outcome == "fail"]
    open_rules = [r for r in concerning if r.outcome == "warn" and r.severity != "info"]
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
    return Certification(
        metric=metric,
        state="raw" if held_by else "certified",
        held_by=held_by,
        open_issues=OpenIssues(fatal=len(held_by), error=len(open_rules) - warnings, warn=warnings),
    )
