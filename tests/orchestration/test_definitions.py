"""The code location: every table is an asset with what its readers need, and the graph reads left to right."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from ingestion.mapping import raw_tables
from orchestration.asset_keys import (
    METRICS_API,
    REJECTED_ROWS,
    RULE_RESULTS,
    SCORECARDS,
    SNAPSHOT,
    VALIDATION,
    raw_key,
)
from orchestration.definitions import defs
from orchestration.defs.jobs import (
    JOB_NAME,
    REPLAY_JOB_NAME,
    SCORECARDS_JOB_NAME,
    all_school_years,
    nightly_refresh,
    weekly_scorecards,
)
from orchestration.defs.verify.contract_checks import contract_check_result
from orchestration.defs.verify.gates import assert_gates_open, closed_gates
from orchestration.defs.verify.raw_contracts import raw_contract_checks
from orchestration.defs.verify.rule_checks import rule_check_results
from orchestration.run_display import REPLAY_STEPS, STEP_TITLES
from orchestration.settings import DBT_PROJECT_DIR
from quality.registry import load_rules
from quality.rule_results import Outcome, RuleResult
from quality.verify import (
    MARTS_CONTRACTS,
    RAW_CONTRACTS,
    CheckOutcome,
    CheckResult,
    ContractResult,
    contract_paths,
)

LAYERS = {
    "sources": 0,
    "raw": 1,
    "quarantine": 2,
    "reference": 2,
    "staging": 3,
    # Some intermediate models gather what several facts have found, so the two layers interleave.
    "intermediate": 4,
    "marts": 4,
    "gates": 5,
    "serving": 6,
}


def specs() -> Iterator[dg.AssetSpec]:
    yield from defs.resolve_all_asset_specs()


def spec_of(key: dg.AssetKey) -> dg.AssetSpec:
    return next(spec for spec in specs() if spec.key == key)


def test_the_definitions_are_valid_and_the_job_has_every_step_of_the_display() -> None:
    dg.Definitions.validate_loadable(defs)
    steps = {node.name for node in defs.resolve_job_def(JOB_NAME).nodes}
    assert steps == set(STEP_TITLES)


def test_a_replay_lands_nothing_and_a_scorecard_is_no_part_of_a_run() -> None:
    assert {node.name for node in defs.resolve_job_def(REPLAY_JOB_NAME).nodes} == set(REPLAY_STEPS)
    assert not any(name.startswith("land_") for name in REPLAY_STEPS)
    (node,) = defs.resolve_job_def(SCORECARDS_JOB_NAME).nodes
    assert node.name == "__".join(SCORECARDS.path)
    assert weekly_scorecards.default_status == dg.DefaultScheduleStatus.STOPPED


def test_every_model_and_raw_table_is_an_asset() -> None:
    keys = {spec.key for spec in specs()}
    models = {path.stem for path in (DBT_PROJECT_DIR / "models").rglob("*.sql")}
    assert {raw_key(table) for table in raw_tables()} <= keys
    assert models <= {key.path[-1] for key in keys}


def test_every_asset_has_a_description_an_owner_a_layer_and_a_kind() -> None:
    for spec in specs():
        assert spec.description, spec.key
        assert spec.owners, spec.key
        assert spec.group_name in LAYERS, spec.key
        assert spec.kinds, spec.key


def test_data_flows_from_left_to_right() -> None:
    """An asset depends on its own layer or on layers left of it, never on one right of it."""
    group = {spec.key: spec.group_name for spec in specs()}
    for spec in specs():
        for dep in spec.deps:
            assert LAYERS[group[dep.asset_key] or ""] <= LAYERS[spec.group_name or ""], (dep.asset_key, spec.key)


def test_the_path_goes_through_quarantine_gates_and_snapshot_to_the_api() -> None:
    graph = {spec.key: {dep.asset_key for dep in spec.deps} for spec in specs()}

    upstream, found = set(graph[METRICS_API]), set[dg.AssetKey]()
    while upstream - found:
        # Each asset once: there are more paths through the graph than one would wait for.
        key = (upstream - found).pop()
        found.add(key)
        upstream |= graph[key]

    assert {SNAPSHOT, VALIDATION, REJECTED_ROWS, raw_key("oneroster__users")} <= upstream


def test_raw_and_marts_have_freshness_policies() -> None:
    for spec in specs():
        assert (spec.freshness_policy is not None) == (spec.group_name in ("raw", "marts")), spec.key


def test_raw_columns_are_traced_to_the_delivered_headers() -> None:
    lineage = spec_of(raw_key("oneroster__users")).metadata["dagster/column_lineage"]
    (source,) = lineage.deps_by_column["sourced_id"]
    assert source.asset_key == dg.AssetKey(["source", "oneroster", "users"])
    assert source.column_name == "sourcedId"


def test_contracts_are_blocking_checks_and_rules_are_checks_too() -> None:
    checks = [spec for assets in defs.resolve_asset_graph().asset_check_keys for spec in [assets]]
    names = {(check.asset_key.path[-1], check.name) for check in checks}
    for folder in (RAW_CONTRACTS, MARTS_CONTRACTS):
        for path in contract_paths(folder):
            assert (path.stem, "contract") in names
    assert all(spec.blocking for spec in raw_contract_checks.check_specs)
    rules = {"rule_" + rule.id.lower().replace("-", "_") for rule in load_rules()}
    assert {name for _, name in names if name.startswith("rule_")} == rules


def rule_result(table: str, rows_failed: int, outcome: Outcome) -> RuleResult:
    return RuleResult(
        rule_id="LD-02",
        title="A column changed its type",
        stage="raw",
        source_table=table,
        severity="fatal",
        action="flag",
        rows_checked=100,
        rows_failed=rows_failed,
        tolerance_percent=1,
        outcome=outcome,
        metrics=("oss_rate",) if outcome == "fail" else ("enrollment",),
        reason=f"Because of {table}.",
        fix="Mend it.",
        evaluated_at=datetime(2026, 6, 1, tzinfo=UTC),
        run_id="r",
        sample=({"_source_file": "a.csv", "_source_row": "7"},) if rows_failed else (),
    )


def test_a_rule_on_several_tables_is_one_check_that_names_those_it_failed_on() -> None:
    users, orgs = rule_result("oneroster__users", 5, "fail"), rule_result("oneroster__orgs", 0, "pass")
    (check,) = rule_check_results(RULE_RESULTS, [orgs, users])
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert check.metadata["rows_failed"].value == 5
    assert check.metadata["metrics"].value == "oss_rate"
    assert check.metadata["reason"].value == "Because of oneroster__users."
    tables = [record.data["table"] for record in check.metadata["tables"].records]
    assert tables == ["oneroster__users", "oneroster__orgs"]
    assert check.metadata["failing_rows oneroster__users"].records[0].data["_source_row"] == "7"

    (check,) = rule_check_results(RULE_RESULTS, [orgs, rule_result("oneroster__users", 1, "warn")])
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    (check,) = rule_check_results(RULE_RESULTS, [orgs])
    assert check.passed


@pytest.mark.parametrize(
    ("outcome", "passed", "severity"),
    [
        ("pass", True, dg.AssetCheckSeverity.WARN),
        ("warn", False, dg.AssetCheckSeverity.WARN),
        ("fail", False, dg.AssetCheckSeverity.ERROR),
        ("not_evaluated", False, dg.AssetCheckSeverity.ERROR),
        ("not_configured", True, dg.AssetCheckSeverity.WARN),
    ],
)
def test_a_contract_is_one_check_that_lists_its_lines(
    outcome: CheckOutcome, passed: bool, severity: dg.AssetCheckSeverity
) -> None:
    lines = [
        CheckResult(
            name="n",
            title=title,
            check_path="checks.row_count",
            column=None,
            outcome=found,
            value=2.0,
            threshold="must be 0",
            fix="Deliver again.",
            sample=({"_source_file": "a.csv"},) if found == "fail" else (),
        )
        for title, found in (("not empty", "pass"), ("has keys", outcome))
    ]
    contract = ContractResult(table="raw.oneroster__users", path_name="users.yml", checks=tuple(lines))
    check = contract_check_result(raw_key("oneroster__users"), contract)
    assert (check.passed, check.severity) == (passed, severity)
    assert check.metadata["broken"].value == ("nothing" if passed else "has keys")
    records = [record.data for record in check.metadata["checks"].records]
    assert [record["outcome"] for record in records] == ["pass", outcome]
    assert records[1]["fix"] == ("" if passed else "Deliver again.")
    assert ("rows: has keys" in check.metadata) is (outcome == "fail")


def test_yearly_deliveries_are_partitioned_by_school_year_and_the_night_reads_the_current_one() -> None:
    partitioned = {spec.key for spec in specs() if spec.partitions_def is not None}
    yearly = (
        "sis_files__attendance",
        "assessment_files__results",
        "survey_files__responses",
        "survey_files__invitations",
    )
    assert partitioned == {raw_key(table) for table in yearly}
    years = all_school_years()
    assert years["dagster/asset_partition_range_start"] < years["dagster/asset_partition_range_end"]
    at = datetime(2026, 9, 1, 4, tzinfo=UTC)
    with dg.build_schedule_context(scheduled_execution_time=at) as context:
        request = nightly_refresh(context)
    assert isinstance(request, dg.RunRequest)
    assert request.tags["dagster/asset_partition_range_end"] == "2027"
    assert request.tags["dagster/asset_partition_range_start"] == request.tags["dagster/asset_partition_range_end"]


def test_a_step_behind_a_gate_that_never_ran_refuses_to_run() -> None:
    """A blocking check gates only inside its own run, so a run of marts alone has to ask."""
    with dg.DagsterInstance.ephemeral() as instance:
        blocking = sum(spec.blocking for spec in raw_contract_checks.check_specs)
        assert len(closed_gates(instance, [raw_contract_checks])) == blocking
        context = dg.build_asset_context(instance=instance)
        with pytest.raises(dg.Failure, match="Gate closed"):
            assert_gates_open(context, [raw_contract_checks])


def test_a_gate_opens_once_its_last_result_passed_or_warned_and_closes_when_it_failed() -> None:
    @dg.asset
    def table() -> None: ...

    outcome = {"passed": True, "severity": dg.AssetCheckSeverity.ERROR}

    @dg.asset_check(asset=table, blocking=True)
    def gate() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(**outcome)

    with dg.DagsterInstance.ephemeral() as instance:
        dg.materialize([table, gate], instance=instance)
        assert closed_gates(instance, [gate]) == []
        outcome["passed"] = False
        dg.materialize([table, gate], instance=instance, raise_on_error=False)
        assert closed_gates(instance, [gate]) == ["table:gate"]
        outcome["severity"] = dg.AssetCheckSeverity.WARN
        dg.materialize([table, gate], instance=instance)
        assert closed_gates(instance, [gate]) == []


def test_loading_the_definitions_writes_nothing_where_runs_work(tmp_path: Path) -> None:
    # The UI, the daemon and a run load them at the same time; what one wrote there another would trip over.
    loaded = subprocess.run(
        [sys.executable, "-c", "import orchestration.definitions"],
        env={**os.environ, "STOCKTAKE_DATA_DIR": str(tmp_path / "data")},
        cwd=DBT_PROJECT_DIR.parent,
        capture_output=True,
        text=True,
    )
    assert loaded.returncode == 0, loaded.stderr
    assert not list(tmp_path.rglob("*"))
