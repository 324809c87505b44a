"""What Soda does for us; the only module that imports it.

It verifies the contracts at the two borders, raw tables and published marts, and counts the rows that fail the rules:
all conditions on a table in one reading of it. Soda reports counts and no rows, so the failing rows themselves come
from queries of our own. A contract's `attributes` carry our `fix` text; a check whose threshold has `level: warn` never
blocks.
"""

import logging
import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal

# Soda reads it when it is imported: no telemetry from a district's network.
os.environ.setdefault("SODA_CORE_TELEMETRY_ENABLED", "false")

import duckdb
import yaml
from pydantic import BaseModel, ConfigDict

from quality.errors import ContractError
from quality.failing_rows import POINTERS, Sample, first_rows
from quality.identifying_columns import IDENTIFYING_COLUMNS
from quality.sql_literals import sql_string
from quality.validation import ContractFailure

RAW_CONTRACTS = Path(__file__).parent / "contracts" / "raw"
MARTS_CONTRACTS = Path(__file__).parent / "contracts" / "marts"

CheckOutcome = Literal["pass", "warn", "fail", "not_evaluated", "not_configured"]
Level = Literal["fail", "warn"]


class ContractCheck(BaseModel):
    """One check of a contract, as its file defines it.

    Attributes:
        name: unique in the contract; letters, digits and underscores only.
        check_path: Soda's stable address of the check, e.g. `columns.role.checks.invalid`.
        definition: the check's own keys, without the type.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    check_path: str
    column: str | None
    type: str
    attributes: dict[str, Any]
    level: Level
    definition: dict[str, Any]

    @property
    def fix(self) -> str:
        """What to do when the check fails."""
        return str(self.attributes.get("fix", ""))


class CheckResult(BaseModel):
    """What verification found for one check.

    Attributes:
        outcome: not_evaluated when Soda could not run the check; not_configured when the district does not
            deliver the table.
        value: the number that was compared with the threshold.
        sample: at most five failing rows: pointers to file and line, and the column's value unless it identifies.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    check_path: str
    column: str | None
    outcome: CheckOutcome
    value: float | None
    threshold: str
    fix: str
    sample: Sample = ()


class ContractResult(BaseModel):
    """What verification of one contract found."""

    model_config = ConfigDict(frozen=True)

    table: str
    path_name: str
    checks: tuple[CheckResult, ...]

    @property
    def failures(self) -> tuple[CheckResult, ...]:
        """Checks that failed or could not be evaluated."""
        return tuple(check for check in self.checks if check.outcome in ("fail", "not_evaluated"))

    @property
    def is_blocking(self) -> bool:
        """True when the run must stop here."""
        return bool(self.failures)

    def contract_failures(self) -> tuple[ContractFailure, ...]:
        """The failures in the form that validation and the serving status need."""
        return tuple(
            ContractFailure(
                table=self.table,
                check_path=check.check_path,
                title=check.title,
                rows_failed=int(check.value or 0),
                fix=check.fix,
            )
            for check in self.failures
        )


def contract_paths(folder: Path) -> tuple[Path, ...]:
    """Contract files of a folder, sorted by name."""
    return tuple(sorted(folder.glob("*.yml")))


def contract_table(path: Path) -> str:
    """Schema and table that a contract is about, e.g. "raw.oneroster__users"."""
    dataset = str(_read(path).get("dataset", ""))
    if dataset.count("/") != 2:
        raise ContractError(f"{path.name}: `dataset` must be district/<schema>/<table>, not '{dataset}'")
    return dataset.split("/", 1)[1].replace("/", ".")


def contract_checks(path: Path) -> tuple[ContractCheck, ...]:
    """Checks of a contract in Soda's order, read without importing Soda.

    Raises:
        ContractError: the file is not valid; the message names it.
    """
    document = _read(path)
    checks = [_contract_check(None, entry) for entry in document.get("checks") or ()]
    for column in document.get("columns") or ():
        checks += [_contract_check(str(column["name"]), entry) for entry in column.get("checks") or ()]
    names = [check.name for check in checks]
    if len(set(names)) < len(names):
        raise ContractError(f"{path.name}: two checks have the same path; give one a `qualifier`")
    return tuple(checks)


def configured_tables(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Raw tables of which the district has ever delivered a file."""
    rows = connection.execute(
        "select distinct system || '__' || entity from raw._deliveries where delivery_mode <> 'absent'"
    ).fetchall()
    return frozenset(name for (name,) in rows)


def verify_contract(
    connection: duckdb.DuckDBPyConnection, path: Path, *, configured: Collection[str] | None = None
) -> ContractResult:
    """Verify one contract against the warehouse.

    Args:
        connection: the warehouse; stays open.
        configured: raw tables that the district delivers. A contract of another raw table is not verified,
            because an empty table is then as it should be. None verifies in any case.

    Raises:
        ContractError: the contract file is not valid.
    """
    table = contract_table(path)
    checks = contract_checks(path)
    if configured is not None and table.split(".", 1)[1] not in configured:
        results = tuple(_result(check, "not_configured", None, "") for check in checks)
    else:
        results = _verify_with_soda(connection, path, table, checks)
    return ContractResult(table=table, path_name=path.name, checks=results)


class FailingRows(BaseModel):
    """What a rule counts in a table: the rows that meet a condition, or those of a query. One of the two is given."""

    model_config = ConfigDict(frozen=True)

    condition: str = ""
    query: str = ""


def count_failing_rows(
    connection: duckdb.DuckDBPyConnection, relation: str, counted: Mapping[str, FailingRows]
) -> dict[str, int | None]:
    """Count the failing rows of several rules on one table; the conditions cost one reading of it together.

    Args:
        connection: the warehouse; its temporary tables and macros may be used, and a transaction goes on.
        relation: table that the conditions are about, as "schema.table".
        counted: what to count, by a name of letters, digits and underscores.

    Returns:
        The counts by name; None where Soda could not count.
    """
    from soda_core.contracts.contract_verification import ContractVerificationSession
    from soda_duckdb.common.data_sources.duckdb_data_source import DuckDBDataSourceImpl

    _quieten_soda()
    checks = [
        {
            "failed_rows": {
                "qualifier": name,
                **({"expression": one.condition} if one.condition else {"query": one.query}),
                "threshold": {"must_be": 0},
            }
        }
        for name, one in counted.items()
    ]
    contract = {"dataset": "district/" + relation.replace(".", "/"), "columns": [], "checks": checks}
    # Unlike the contracts', this connection is the caller's own: the rules' tables are temporary and belong to it.
    source = DuckDBDataSourceImpl.from_existing_cursor(connection, "district")
    session = ContractVerificationSession.execute(
        contract_yaml_sources=[_contract_source(contract)],
        data_source_impls=[source],
    )
    found: dict[str, int | None] = dict.fromkeys(counted)
    for result in (one for verified in session.contract_verification_results for one in verified.check_results or ()):
        name = result.check.check_path.rpartition(".")[2]
        count = (result.diagnostic_metric_values or {}).get("failed_rows_count")
        if _outcome(result.outcome.name) != "not_evaluated" and count is not None:
            found[name] = int(count)
    return found


def _contract_source(contract: dict[str, Any]) -> Any:
    """A contract that Soda need not read as YAML, which would take it longer than to count.

    It keeps Soda's types for mappings and lists, since Soda asks them for their lines.
    """
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from soda_core.common.yaml import ContractYamlSource, FileType, YamlObject

    class ContractInMemory(ContractYamlSource, file_type=FileType.CONTRACT):  # type: ignore[misc, call-arg]
        def parse(self) -> Any:
            return YamlObject(self, commented(contract))

    def commented(value: Any) -> Any:
        if isinstance(value, dict):
            return CommentedMap({key: commented(one) for key, one in value.items()})
        return CommentedSeq(map(commented, value)) if isinstance(value, list) else value

    return ContractInMemory(yaml_str="")


def _quieten_soda() -> None:
    """Its progress and its echo of every failed check would drown the run's own display."""
    logging.getLogger("soda").setLevel(logging.CRITICAL)


def _verify_with_soda(
    connection: duckdb.DuckDBPyConnection, path: Path, table: str, checks: tuple[ContractCheck, ...]
) -> tuple[CheckResult, ...]:
    from soda_core.contracts import verify_contract_locally
    from soda_duckdb.common.data_sources.duckdb_data_source import DuckDBDataSourceImpl
    from soda_duckdb.common.data_sources.duckdb_data_source_connection import DuckDBDataSource

    _quieten_soda()
    # Soda closes the connection that it is given; a cursor is a connection of its own to the same database.
    source = DuckDBDataSourceImpl(
        data_source_model=DuckDBDataSource(
            name="district", connection_properties={"duckdb_connection": connection.cursor()}
        )
    )
    with source:
        session = verify_contract_locally(data_sources=[source], contract_file_path=str(path))
    found = {
        result.check.check_path: result
        for contract in session.contract_verification_results
        for result in contract.check_results or ()
    }
    results = []
    for check in checks:
        soda_result = found.get(check.check_path)
        outcome = _outcome(soda_result.outcome.name) if soda_result is not None else "not_evaluated"
        value = _value(soda_result) if soda_result is not None else None
        sample = _sample(connection, table, check) if outcome in ("warn", "fail") else ()
        threshold = str(soda_result.check.threshold) if soda_result is not None else ""
        results.append(_result(check, outcome, value, threshold.replace("\n", ", "), sample))
    return tuple(results)


def _outcome(name: str) -> CheckOutcome:
    outcomes: dict[str, CheckOutcome] = {"PASSED": "pass", "WARN": "warn", "FAILED": "fail"}
    return outcomes.get(name, "not_evaluated")


def _value(soda_result: Any) -> float | None:
    return float(soda_result.threshold_value) if soda_result.threshold_value is not None else None


def _result(
    check: ContractCheck,
    outcome: CheckOutcome,
    value: float | None,
    threshold: str,
    sample: Sample = (),
) -> CheckResult:
    return CheckResult(
        name=check.name,
        title=check.title,
        check_path=check.check_path,
        column=check.column,
        outcome=outcome,
        value=value,
        threshold=threshold,
        fix=check.fix,
        sample=sample,
    )


def _sample(connection: duckdb.DuckDBPyConnection, table: str, check: ContractCheck) -> Sample:
    """Failing rows, found by our own reading of the check; empty for checks that are about the whole table."""
    if check.type == "failed_rows" and "query" in check.definition:
        found = connection.sql(check.definition["query"])
        named = [name for name in found.columns if name not in IDENTIFYING_COLUMNS]
        return first_rows(connection, f"({check.definition['query']})", named)
    condition = _failing_condition(table, check)
    if condition is None:
        return ()
    existing = {
        name
        for (name,) in connection.execute(
            "select column_name from information_schema.columns "
            "where table_catalog = current_database() and table_schema || '.' || table_name = ?",
            [table],
        ).fetchall()
    }
    shown = [
        name
        for name in (*POINTERS, check.column)
        if name is not None and name in existing and name not in IDENTIFYING_COLUMNS
    ]
    return first_rows(connection, f"{table} where {condition}", shown)


def _failing_condition(table: str, check: ContractCheck) -> str | None:
    column = f'"{check.column}"'
    if check.type == "missing":
        return f"{column} is null"
    if check.type == "duplicate":
        names = [check.column] if check.column else check.definition["columns"]
        listed = ", ".join(f'"{name}"' for name in names)
        return f"({listed}) in (select ({listed}) from {table} group by {listed} having count(*) > 1)"
    if check.type == "failed_rows" and "expression" in check.definition:
        return f"({check.definition['expression']})"
    if check.type == "invalid":
        conditions = []
        if "valid_values" in check.definition:
            values = ", ".join(_literal(value) for value in check.definition["valid_values"])
            conditions.append(f"{column} not in ({values})")
        if "valid_min" in check.definition:
            conditions.append(f"{column} < {_literal(check.definition['valid_min'])}")
        if "valid_max" in check.definition:
            conditions.append(f"{column} > {_literal(check.definition['valid_max'])}")
        return " or ".join(conditions) or None
    return None


def _literal(value: object) -> str:
    return str(value) if isinstance(value, int | float) else sql_string(str(value))


def _contract_check(column: str | None, entry: Mapping[str, Any]) -> ContractCheck:
    check_type, definition = next(iter(entry.items()))
    definition = definition or {}
    qualifier = definition.get("qualifier")
    path = f"checks.{check_type}" + (f".{qualifier}" if qualifier else "")
    if column is not None:
        path = f"columns.{column}.{path}"
    slug = re.sub(r"[^a-z0-9]+", "_", path.replace("columns.", "").replace("checks.", "").lower()).strip("_")
    return ContractCheck(
        name=f"contract_{slug}",
        title=str(definition.get("name") or path),
        check_path=path,
        column=column,
        type=check_type,
        attributes=definition.get("attributes") or {},
        level=(definition.get("threshold") or {}).get("level", "fail"),
        definition=definition,
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, yaml.YAMLError) as error:
        raise ContractError(f"{path.name} cannot be read as a contract: {error}") from error
    if not isinstance(document, dict):
        raise ContractError(f"{path.name} is not a contract")
    return document
