"""Rules of either stage as Dagster asset checks: one per rule id, whichever tables the rule is on.

The rules on every source table would be hundreds of checks that say the same, and each costs Dagster two records in
every run; as one they list the tables that they failed on.
"""

from collections.abc import Iterable, Iterator
from typing import TypeVar

import dagster as dg

from ingestion.mapping import raw_tables
from orchestration.defs.ingest.assets import checked_tables
from orchestration.defs.verify.contract_checks import sample_table
from quality.registry import Rule
from quality.rule_results import RuleResult

Of = TypeVar("Of", Rule, RuleResult)


def rule_check_specs(asset: dg.AssetKey, rules: Iterable[Rule]) -> list[dg.AssetCheckSpec]:
    """One check per rule that is shown, on the asset whose step evaluates it."""
    return [
        dg.AssetCheckSpec(
            name=rule_check_name(rule_id),
            asset=asset,
            description=f"{same[0].title} ({_tables(same)}, {same[0].severity}, {same[0].action})",
        )
        for rule_id, same in _by_id((rule.id, rule) for rule in rules if is_shown(rule.table)).items()
    ]


def is_shown(table: str) -> bool:
    """Whether rules on a table are checks: those on marts are, and those on what the district's systems send."""
    return table not in raw_tables() or table in checked_tables()


def rule_check_results(asset: dg.AssetKey, results: Iterable[RuleResult]) -> Iterator[dg.AssetCheckResult]:
    """The results of the rules that are shown, as asset checks."""
    shown = ((result.rule_id, result) for result in results if is_shown(result.source_table))
    return (rule_check_result(asset, same) for same in _by_id(shown).values())


def rule_check_result(asset: dg.AssetKey, results: list[RuleResult]) -> dg.AssetCheckResult:
    """What a rule found, on one table or several: error when it holds metrics back, warning when rows are open."""
    found = [result for result in results if result.outcome != "pass"]
    told = found or results
    metadata: dict[str, dg.MetadataValue] = {
        "rows_checked": dg.MetadataValue.int(sum(result.rows_checked for result in results)),
        "rows_failed": dg.MetadataValue.int(sum(result.rows_failed for result in results)),
        "rows_waived": dg.MetadataValue.int(sum(result.rows_waived for result in results)),
        "tolerance_percent": dg.MetadataValue.float(float(results[0].tolerance_percent)),
        "metrics": dg.MetadataValue.text(", ".join(dict.fromkeys(name for one in told for name in one.metrics))),
    }
    if len(results) > 1:
        metadata["tables"] = dg.MetadataValue.table(
            [
                dg.TableRecord(
                    {
                        "table": result.source_table,
                        "outcome": result.outcome,
                        "rows_checked": result.rows_checked,
                        "rows_failed": result.rows_failed,
                    }
                )
                for result in sorted(results, key=lambda one: (one.outcome == "pass", one.source_table))
            ]
        )
    if found:
        metadata["reason"] = dg.MetadataValue.text(" ".join(dict.fromkeys(result.reason for result in found)))
        metadata["fix"] = dg.MetadataValue.text(found[0].fix)
    for result in found:
        if result.sample:
            name = "failing_rows" if len(results) == 1 else f"failing_rows {result.source_table}"
            metadata[name] = sample_table(result.sample)
    holds = any(result.outcome == "fail" for result in results)
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=rule_check_name(results[0].rule_id),
        passed=not found,
        severity=dg.AssetCheckSeverity.ERROR if holds else dg.AssetCheckSeverity.WARN,
        metadata=metadata,
    )


def _by_id(pairs: Iterable[tuple[str, Of]]) -> dict[str, list[Of]]:
    """What stands under each rule id, in the order of first appearance."""
    found: dict[str, list[Of]] = {}
    for rule_id, one in pairs:
        found.setdefault(rule_id, []).append(one)
    return found


def _tables(rules: list[Rule]) -> str:
    return rules[0].table if len(rules) == 1 else f"{len(rules)} tables"


def rule_check_name(rule_id: str) -> str:
    """A rule's id, "AT-11", as Dagster allows it in a name."""
    return "rule_" + rule_id.lower().replace("-", "_")
