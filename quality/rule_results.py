"""What a rule found, and what that means for the metrics that it concerns."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from quality.failing_rows import Sample
from quality.registry import Action, Stage
from quality.severities import Severity

Outcome = Literal["pass", "warn", "fail"]


class RuleResult(BaseModel):
    """What one rule found in one run.

    Attributes:
        rows_checked: rows that the rule judged.
        rows_failed: rows that fail and are not waived.
        rows_waived: rows that fail and with which somebody has decided to live.
        outcome: fail when a fatal rule found more than it tolerates; that alone holds metrics.
        sample: at most five failing rows, as file, line and non-identifying columns.
    """

    model_config = ConfigDict(frozen=True)

    rule_id: str
    title: str
    stage: Stage
    source_table: str
    severity: Severity
    action: Action
    rows_checked: int
    rows_failed: int
    rows_waived: int = 0
    tolerance_percent: float
    outcome: Outcome
    metrics: tuple[str, ...]
    reason: str
    fix: str
    evaluated_at: datetime
    run_id: str
    sample: Sample = ()

    @property
    def key(self) -> str:
        """The rule's key: id and table."""
        return f"{self.rule_id}:{self.source_table}"


def judge(rows_checked: int, rows_failed: int, severity: Severity, tolerance_percent: float) -> Outcome:
    """Outcome of a rule: only a fatal rule fails, and only beyond its tolerance, compared exactly."""
    if rows_failed == 0:
        return "pass"
    beyond_tolerance = rows_failed * 100 > tolerance_percent * rows_checked
    return "fail" if severity == "fatal" and beyond_tolerance else "warn"
