"""Soda contracts as blocking Dagster asset checks, one check per contract line."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from orchestration.defs.ingest.assets import checked_tables, delivered_tables
from orchestration.resources import Warehouse
from orchestration.settings import serving_dir
from quality.certification import ContractFailure
from quality.failing_rows import Sample
from quality.snapshots import contract_reasons, record_attempt
from quality.verify import (
    CheckResult,
    configured_tables,
    contract_checks,
    contract_paths,
    contract_table,
    verify_contract,
)


def contract_asset_checks(
    name: str, folder: Path, asset_key: Callable[[str], dg.AssetKey], *, needs_delivery: bool
) -> dg.AssetChecksDefinition:
    """All contracts of a folder as one step of blocking checks.

    Args:
        name: of the step.
        folder: contracts, one YAML file per table.
        asset_key: table name (without schema) -> asset.
        needs_delivery: the tables are raw, so a contract holds only where the district delivers the table.
    """
    tables = {path: contract_table(path).split(".", 1)[1] for path in contract_paths(folder)}
    contracts = {
        path: asset_key(table) for path, table in tables.items() if not needs_delivery or table in checked_tables()
    }
    specs = [
        dg.AssetCheckSpec(
            name=check.name,
            asset=key,
            blocking=True,
            description=check.title,
            metadata={"contract": path.name, "check_path": check.check_path},
        )
        for path, key in contracts.items()
        for check in contract_checks(path)
    ]

    @dg.multi_asset_check(name=name, specs=specs, can_subset=True)
    def checks(context: dg.AssetCheckExecutionContext, warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
        selected = context.selected_asset_check_keys
        failures: list[ContractFailure] = []
        results: list[dg.AssetCheckResult] = []
        with warehouse.connect() as connection:
            # A feed that was taken out of the district file leaves its rows behind, which nobody promises any more.
            configured = configured_tables(connection) & delivered_tables() if needs_delivery else None
            for path, key in contracts.items():
                if not any(check_key.asset_key == key for check_key in selected):
                    continue
                contract = verify_contract(connection, path, configured=configured)
                failures += contract.contract_failures()
                results += [
                    _asset_check_result(key, check)
                    for check in contract.checks
                    if dg.AssetCheckKey(key, check.name) in selected
                ]
        if failures:
            # Downstream steps will not run, so this is where readers learn that the run was held.
            record_attempt(
                serving_dir(),
                run_id=context.op_execution_context.run_id,
                now=datetime.now(UTC),
                outcome="held",
                reasons=contract_reasons(failures),
            )
        yield from results

    return checks


def _asset_check_result(key: dg.AssetKey, check: CheckResult) -> dg.AssetCheckResult:
    metadata: dict[str, dg.MetadataValue] = {
        "outcome": dg.MetadataValue.text(check.outcome),
        "threshold": dg.MetadataValue.text(check.threshold),
    }
    if check.value is not None:
        metadata["value"] = dg.MetadataValue.float(check.value)
    failed = check.outcome in ("fail", "not_evaluated")
    if failed or check.outcome == "warn":
        metadata["fix"] = dg.MetadataValue.text(check.fix)
    if check.sample:
        metadata["failing_rows"] = sample_table(check.sample)
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=check.name,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if failed else dg.AssetCheckSeverity.WARN,
        metadata=metadata,
    )


def sample_table(sample: Sample) -> dg.MetadataValue:
    """Failing rows as a table: where they stand and the offending value, never who they are about."""
    return dg.MetadataValue.table(
        records=[dg.TableRecord({column: value or "" for column, value in row.items()}) for row in sample]
    )
