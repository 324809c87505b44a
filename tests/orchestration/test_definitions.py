"""The code location: every table is an asset with what its readers need, and the graph reads left to right."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg
import pytest

from ingestion.mapping import raw_tables
from orchestration.asset_keys import CERTIFICATION, METRICS_API, REJECTED_ROWS, SNAPSHOT, raw_key
from orchestration.definitions import defs
from orchestration.defs.jobs import JOB_NAME, all_school_years, nightly_refresh
from orchestration.defs.verify.gates import assert_gates_open, closed_gates
from orchestration.defs.verify.raw_contracts import raw_contract_checks
from orchestration.run_display import STEP_TITLES
from orchestration.settings import DBT_PROJECT_DIR
from quality.registry import load_rules
from quality.verify import MARTS_CONTRACTS, RAW_CONTRACTS, contract_checks, contract_paths

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

    def upstream(key: dg.AssetKey) -> set[dg.AssetKey]:
        direct = graph[key]
        return direct.union(*(upstream(dep) for dep in direct)) if direct else set()

    assert {SNAPSHOT, CERTIFICATION, REJECTED_ROWS, raw_key("oneroster__users")} <= upstream(METRICS_API)


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
            assert {(path.stem, check.name) for check in contract_checks(path)} <= names
    assert all(spec.blocking for spec in raw_contract_checks.check_specs)
    rules = {rule.id for rule in load_rules()}
    found = {name for _, name in names if name.startswith("rule_")}
    assert len(found) >= len(rules)


def test_yearly_deliveries_are_partitioned_by_school_year_and_the_night_reads_the_current_one() -> None:
    partitioned = {spec.key for spec in specs() if spec.partitions_def is not None}
    yearly = ("sis_files__attendance", "assessment_files__results", "survey_files__responses")
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


def test_a_gate_opens_once_its_last_result_passed_and_closes_when_it_failed() -> None:
    @dg.asset
    def table() -> None: ...

    outcome = {"passed": True}

    @dg.asset_check(asset=table, blocking=True)
    def gate() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=outcome["passed"])

    with dg.DagsterInstance.ephemeral() as instance:
        dg.materialize([table, gate], instance=instance)
        assert closed_gates(instance, [gate]) == []
        outcome["passed"] = False
        dg.materialize([table, gate], instance=instance, raise_on_error=False)
        assert closed_gates(instance, [gate]) == ["table:gate"]
