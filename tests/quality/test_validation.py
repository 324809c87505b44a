"""Validation: a fatal rule holds exactly the metrics that name it."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from quality.registry import METRIC_IDS
from quality.rule_results import RuleResult, judge
from quality.validation import ContractFailure, validate

SEVERITIES = ("fatal", "error", "warn", "info")


def result(rule_id: str, severity: str, failed: int, tolerance: float, metrics: tuple[str, ...]) -> RuleResult:
    return RuleResult(
        rule_id=rule_id,
        title=rule_id,
        stage="raw",
        source_table="sis_files__attendance",
        severity=severity,  # type: ignore[arg-type]
        action="quarantine",
        rows_checked=1000,
        rows_failed=failed,
        tolerance_percent=tolerance,
        outcome=judge(1000, failed, severity, tolerance),  # type: ignore[arg-type]
        metrics=metrics,
        reason="r",
        fix="f",
        evaluated_at=datetime(2026, 6, 6, tzinfo=UTC),
        run_id="run",
    )


results = st.lists(
    st.builds(
        result,
        st.sampled_from(["AT-01", "AT-11", "EN-01"]),
        st.sampled_from(SEVERITIES),
        st.integers(0, 1000),
        st.sampled_from([0.0, 1.0, 50.0]),
        st.lists(st.sampled_from([*METRIC_IDS, "*"]), min_size=1, max_size=3).map(tuple),
    ),
    max_size=8,
)


@given(results)
def test_a_metric_is_held_when_a_fatal_rule_that_names_it_fails_and_only_then(
    found: list[RuleResult],
) -> None:
    for metric, validation in validate(METRIC_IDS, found).items():
        must_hold = [
            r
            for r in found
            if r.severity == "fatal"
            and r.rows_failed * 100 > r.tolerance_percent * r.rows_checked
            and (metric in r.metrics or "*" in r.metrics)
        ]
        assert [reason.rule_id for reason in validation.held_by] == [r.rule_id for r in must_hold]
        assert validation.state == ("raw" if must_hold else "validated")


@given(results)
def test_open_issues_count_every_rule_that_found_something(found: list[RuleResult]) -> None:
    for metric, validation in validate(METRIC_IDS, found).items():
        concerning = [r for r in found if r.rows_failed and (metric in r.metrics or "*" in r.metrics)]
        open_rules = [r for r in concerning if r.severity != "info"]
        issues = validation.open_issues
        assert issues.fatal + issues.error + issues.warn == len(open_rules)


def test_the_tolerance_is_compared_exactly() -> None:
    assert judge(1000, 10, "fatal", 1.0) == "warn"
    assert judge(1000, 11, "fatal", 1.0) == "fail"
    assert judge(0, 1, "fatal", 1.0) == "fail"
    assert judge(1000, 1000, "error", 1.0) == "warn"
    assert judge(1000, 0, "fatal", 0.0) == "pass"


def test_a_broken_contract_holds_every_metric() -> None:
    failure = ContractFailure(
        table="raw.oneroster__users", check_path="checks.row_count",
        title="Users are delivered", rows_failed=0, fix="send the file again",
    )  # fmt: skip
    validations = validate(METRIC_IDS, [], [failure])
    assert {c.state for c in validations.values()} == {"raw"}
    assert {c.held_by[0].fix for c in validations.values()} == {"send the file again"}
