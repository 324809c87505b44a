"""Soda contracts as blocking Dagster asset checks: one check per table, which lists the lines of its contract.

A contract is verified as a whole, and each check costs Dagster two records in every run.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from orchestration.defs.ingest.assets import checked_tables, delivered_tables
from orchestration.resources import Warehouse
from orchestration.settings import serving_dir
from quality.failing_rows import Sample
from quality.snapshots import contract_reasons, record_attempt
from quality.validation import ContractFailure
from quality.verify import (
    ContractResult,
    configured_tables,
    contract_checks,
    contract_paths,
    contract_table,
    verify_contract,
)

CONTRACT_CHECK = "contract"


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
            name=CONTRACT_CHECK,
            asset=key,
            blocking=True,
            description="; ".join(check.title for check in contract_checks(path)),
            metadata={"contract": path.name},
        )
        for path, key in contracts.items()
    ]

    @dg.multi_asset_check(name=name, specs=specs, can_subset=True)
    def checks(context: dg.AssetCheckExecutionContext, warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
        selected = {check_key.asset_key for check_key in context.selected_asset_check_keys}
        failures: list[ContractFailure] = []
        results: list[dg.AssetCheckResult] = []
        with warehouse.connect() as connection:
            # A feed that was taken out of the district file leaves its rows behind, which nobody promises any more.
            configured = configured_tables(connection) & delivered_tables() if needs_delivery else None
            for path, key in contracts.items():
                if key in selected:
                    contract = verify_contract(connection, path, configured=configured)
                    failures += contract.contract_failures()
                    results.append(contract_check_result(key, contract))
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


def contract_check_result(key: dg.AssetKey, contract: ContractResult) -> dg.AssetCheckResult:
    """A contract's result as an asset check: error when a line is broken, warning when one only warns."""
    lines = [
        dg.TableRecord(
            {
                "check": check.title,
                "outcome": check.outcome,
                "value": "" if check.value is None else f"{check.value:g}",
                "threshold": check.threshold,
                "fix": check.fix if check.outcome not in ("pass", "not_configured") else "",
            }
        )
        for check in contract.checks
    ]
    open_checks = [check.title for check in contract.checks if check.outcome in ("warn", "fail", "not_evaluated")]
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=CONTRACT_CHECK,
        passed=not open_checks,
        severity=dg.AssetCheckSeverity.ERROR if contract.is_blocking else dg.AssetCheckSeverity.WARN,
        metadata={
            "broken": dg.MetadataValue.text("; ".join(open_checks) or "nothing"),
            "checks": dg.MetadataValue.table(lines),
            **{f"rows: {check.title}": sample_table(check.sample) for check in contract.checks if check.sample},
        },
    )


def sample_table(sample: Sample) -> dg.MetadataValue:
    """Failing rows as a table: where they stand and the offending value, never who they are about."""
    return dg.MetadataValue.table(
        records=[dg.TableRecord({column: value or "" for column, value in row.items()}) for row in sample]
    )
