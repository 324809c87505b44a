"""Gate 4: rules on the marts, and the validation of each metric from all results."""

import json
from collections.abc import Iterator

import dagster as dg

from orchestration.asset_keys import RULE_RESULTS, TEAM, VALIDATION
from orchestration.defs.verify.balance import balance_table
from orchestration.defs.verify.gates import assert_gates_open
from orchestration.defs.verify.judgement import judge_stage
from orchestration.defs.verify.mart_contracts import PUBLISHED_MARTS, mart_contract_checks
from orchestration.defs.verify.match_table import match_table
from orchestration.defs.verify.rule_checks import rule_check_results, rule_check_specs
from orchestration.resources import Warehouse
from orchestration.settings import serving_dir
from quality.certification.frozen import prepare_frozen_changes
from quality.registry import METRIC_IDS, load_rules
from quality.rule_evaluation import latest_results
from quality.validation import Validation, validate

_MART_RULES = tuple(rule for rule in load_rules() if rule.stage == "marts")


@dg.asset(
    key=VALIDATION,
    deps=[RULE_RESULTS, *PUBLISHED_MARTS],
    description="For each metric: validated, or held back by the rules named here.",
    group_name="gates",
    owners=[TEAM],
    kinds={"python"},
    tags={"layer": "gates"},
    check_specs=rule_check_specs(VALIDATION, _MART_RULES),
)
def validation(
    context: dg.AssetExecutionContext, warehouse: Warehouse
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Evaluate the mart rules and judge each metric; a held metric does not hold the others."""
    assert_gates_open(context, [mart_contract_checks])
    with warehouse.connect() as connection:
        prepare_frozen_changes(connection, serving_dir())
        judged = judge_stage(connection, _MART_RULES, "marts", context.run_id)
        validations = validate(METRIC_IDS, latest_results(connection))
        matches = match_table(connection)
    held = sorted(metric for metric, result in validations.items() if result.held_by)
    yield dg.MaterializeResult(
        asset_key=VALIDATION,
        metadata={
            "validated": len(validations) - len(held),
            "rows_by_source": balance_table(judged.balances),
            "rows_unaccounted_for": sum(balance.difference for balance in judged.balances),
            "held": dg.MetadataValue.text(", ".join(held) or "none"),
            "identity": matches,
            "metrics": dg.MetadataValue.json({metric: _summary(result) for metric, result in validations.items()}),
        },
    )
    yield from rule_check_results(VALIDATION, judged.results)


def _summary(result: Validation) -> dict[str, object]:
    summary: dict[str, object] = json.loads(result.model_dump_json())
    return summary
