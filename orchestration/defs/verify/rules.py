"""Gate 2: the rules on raw rows. A rejected row stays in quarantine until its source is corrected."""

from collections.abc import Iterator

import dagster as dg

from ingestion.mapping import raw_tables
from orchestration.asset_keys import REJECTED_ROWS, RULE_RESULTS, TEAM, raw_key
from orchestration.defs.verify.gates import assert_gates_open
from orchestration.defs.verify.judgement import judge_stage
from orchestration.defs.verify.raw_contracts import raw_contract_checks
from orchestration.defs.verify.rule_checks import rule_check_results, rule_check_specs
from orchestration.resources import Warehouse
from quality.registry import load_rules

_RAW_RULES = tuple(rule for rule in load_rules() if rule.stage == "raw")


@dg.multi_asset(
    name="quarantine_rows",
    specs=[
        dg.AssetSpec(
            key,
            deps=[raw_key(table) for table in raw_tables()],
            description=description,
            group_name="quarantine",
            owners=[TEAM],
            kinds={"duckdb", "sql"},
            tags={"layer": "quarantine"},
        )
        for key, description in (
            (REJECTED_ROWS, "Raw rows that a rule rejected, with payload, rule, reason and fix."),
            (RULE_RESULTS, "How many rows each rule checked and failed, run by run."),
        )
    ],
    check_specs=rule_check_specs(RULE_RESULTS, _RAW_RULES),
)
def quarantine_rows(
    context: dg.AssetExecutionContext, warehouse: Warehouse
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Evaluate every raw rule; results are checks here and decide which metrics are served later."""
    assert_gates_open(context, [raw_contract_checks])
    with warehouse.connect() as connection:
        results = judge_stage(connection, _RAW_RULES, "raw", context.run_id).results
        row = connection.execute("select count(distinct (source_table, row_id)) from quarantine.rejected_rows")
        rejected = int((row.fetchone() or (0,))[0])
    yield dg.MaterializeResult(asset_key=REJECTED_ROWS, metadata={"dagster/row_count": rejected})
    yield dg.MaterializeResult(
        asset_key=RULE_RESULTS,
        metadata={
            "rules": len(results),
            "passed": sum(r.outcome == "pass" for r in results),
            "warned": sum(r.outcome == "warn" for r in results),
            "failed": sum(r.outcome == "fail" for r in results),
            "rows_waived": sum(r.rows_waived for r in results),
        },
    )
    yield from rule_check_results(RULE_RESULTS, results)
