"""Rules of either stage as Dagster asset checks."""

from collections.abc import Iterable, Iterator

import dagster as dg

from ingestion.mapping import raw_tables
from orchestration.defs.ingest.assets import checked_tables
from orchestration.defs.verify.contract_checks import sample_table
from quality.registry import Rule
from quality.rule_evaluation import RuleResult


def rule_check_specs(asset: dg.AssetKey, rules: Iterable[Rule]) -> list[dg.AssetCheckSpec]:
    """One check per rule that is shown, on the asset whose step evaluates it."""
    return [
        dg.AssetCheckSpec(
            name=_check_name(rule.key),
            asset=asset,
            description=f"{rule.title} ({rule.table}, {rule.severity}, {rule.action})",
        )
        for rule in rules
        if is_shown(rule.table)
    ]


def is_shown(table: str) -> bool:
    """Whether rules on a table are checks: those on marts are, and those on what the district's systems send."""
    return table not in raw_tables() or table in checked_tables()


def rule_check_results(asset: dg.AssetKey, results: Iterable[RuleResult]) -> Iterator[dg.AssetCheckResult]:
    """The results of the rules that are shown, as asset checks."""
    return (rule_check_result(asset, result) for result in results if is_shown(result.source_table))


def rule_check_result(asset: dg.AssetKey, result: RuleResult) -> dg.AssetCheckResult:
    """A rule's result as an asset check: error when it holds metrics back, warning when rows are open."""
    metadata: dict[str, dg.MetadataValue] = {
        "rows_checked": dg.MetadataValue.int(result.rows_checked),
        "rows_failed": dg.MetadataValue.int(result.rows_failed),
        "tolerance_percent": dg.MetadataValue.float(float(result.tolerance_percent)),
        "metrics": dg.MetadataValue.text(", ".join(result.metrics)),
    }
    if result.outcome != "pass":
        metadata["reason"] = dg.MetadataValue.text(result.reason)
        metadata["fix"] = dg.MetadataValue.text(result.fix)
    if result.sample:
        metadata["failing_rows"] = sample_table(result.sample)
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=_check_name(result.key),
        passed=result.outcome == "pass",
        severity=dg.AssetCheckSeverity.ERROR if result.outcome == "fail" else dg.AssetCheckSeverity.WARN,
        metadata=metadata,
    )


def _check_name(key: str) -> str:
    """A rule's key, "AT-11:sis_files__attendance", as Dagster allows it in a name."""
    return "rule_" + key.lower().replace("-", "_").replace(":", "__")
