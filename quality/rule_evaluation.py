"""Evaluates rules: which rows fail, how many of how many, and what that means for the metrics.

Rules of the raw stage run between landing and dbt, rules of the marts stage after dbt. Both are plain SQL over
whole tables; nothing is judged row by row.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import duckdb
from pydantic import BaseModel, ConfigDict

from quality.errors import RuleError
from quality.failing_rows import POINTERS, Sample, first_rows
from quality.quarantine import create_quarantine_tables, store_rejected_rows
from quality.reconciliation import reconcile
from quality.registry import Action, Rule, Severity, Stage
from quality.rule_inputs import FROZEN_INPUTS, evaluation_order, latest_delivery, prepare_inputs, prepare_inputs_before

Outcome = Literal["pass", "warn", "fail"]


class RuleResult(BaseModel):
    """What one rule found in one run.

    Attributes:
        rows_checked: rows that the rule judged.
        outcome: fail when a fatal rule found more than it tolerates; that alone holds metrics.
        sample: at most five failing rows, as file, line and non-identifying columns.
    """

    model_config = ConfigDict(frozen=True)

    rule_id: str
    title: str
    stage: Stage
    source_table: str
    severity: Severity
    action: Action
    rows_checked: int
    rows_failed: int
    tolerance_percent: float
    outcome: Outcome
    metrics: tuple[str, ...]
    reason: str
    fix: str
    evaluated_at: datetime
    run_id: str
    sample: Sample = ()

    @property
    def key(self) -> str:
        """The rule's key: id and table."""
        return f"{self.rule_id}:{self.source_table}"


def judge(rows_checked: int, rows_failed: int, severity: Severity, tolerance_percent: float) -> Outcome:
    """Outcome of a rule: only a fatal rule fails, and only beyond its tolerance, compared exactly."""
    if rows_failed == 0:
        return "pass"
    beyond_tolerance = rows_failed * 100 > tolerance_percent * rows_checked
    return "fail" if severity == "fatal" and beyond_tolerance else "warn"


def evaluate_rules(
    connection: duckdb.DuckDBPyConnection,
    rules: Iterable[Rule],
    *,
    stage: Stage,
    run_id: str,
    now: datetime,
    reference_dir: Path,
    school_year_starts_month: int = 7,
) -> list[RuleResult]:
    """Evaluate the rules of a stage and store what they found in schema `quarantine`.

    Args:
        connection: the warehouse, writable.
        now: moment of the evaluation, timezone-aware.
        reference_dir: the dbt seeds, where lists of known codes and cut scores lie.

    Returns:
        One result per rule, in the order of evaluation.

    Raises:
        RuleError: a rule's SQL does not run; nothing is stored.
    """
    chosen = [rule for rule in rules if rule.stage == stage]
    today = max(now.date(), latest_delivery(connection) or now.date())
    create_quarantine_tables(connection)
    connection.begin()
    try:
        prepare_inputs(
            connection,
            today=today,
            reference_dir=reference_dir,
            school_year_starts_month=school_year_starts_month,
        )
        connection.execute(
            "create or replace temp table rule_findings (source_table varchar, row_id varchar, rule_id varchar, "
            "severity varchar, action varchar, reason varchar, fix varchar)"
        )
        if stage == "raw":
            results = _evaluate_raw(connection, chosen, run_id, now)
            connection.execute("create or replace temp table rule_now as select ?::timestamptz as moment", [now])
            store_rejected_rows(connection, "rule_findings", "rule_now")
        else:
            _prepare_marts_inputs(connection, today)
            results = [_evaluate(connection, rule, run_id, now) for rule in chosen]
        _store_results(connection, results)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return results


def latest_results(connection: duckdb.DuckDBPyConnection) -> tuple[RuleResult, ...]:
    """What the last evaluation of each stage found, without samples; rules that no longer exist are left out."""
    create_quarantine_tables(connection)
    columns = tuple(name for name in RuleResult.model_fields if name != "sample")
    rows = connection.execute(
        f"select {', '.join(columns)} from quarantine.rule_results "
        "qualify evaluated_at = max(evaluated_at) over (partition by stage) order by stage, rule_id, source_table"
    ).fetchall()
    return tuple(RuleResult.model_validate(dict(zip(columns, row, strict=True))) for row in rows)


def _evaluate_raw(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule], run_id: str, now: datetime
) -> list[RuleResult]:
    """Table by table, so that later tables see what earlier ones lost; rules on the landing records come last."""
    results = []
    for table in evaluation_order():
        prepare_inputs_before(connection, table)
        results += [
            _evaluate(connection, rule, run_id, now) for rule in rules if rule.table == table and rule.judges_raw_rows
        ]
    results += [_evaluate(connection, rule, run_id, now) for rule in rules if not rule.judges_raw_rows]
    return results


def _evaluate(connection: duckdb.DuckDBPyConnection, rule: Rule, run_id: str, now: datetime) -> RuleResult:
    schema = rule.stage
    if rule.judges_raw_rows and _single_number(connection, f"select count(*) from raw.{rule.table}") == 0:
        # What is not delivered has no row to judge; a district sends a fraction of what could be sent.
        return _result(rule, run_id, now, checked=0, failed=0, sample=())
    try:
        # A rule that joins may name a row twice; it still is one failing row.
        selected = f"select distinct _row_id from ({rule.failing_rows})" if rule.judges_raw_rows else rule.failing_rows
        connection.execute(f"create or replace temp table rule_failing as {selected}")
        population = rule.population or f"select count(*) from {schema}.{rule.table}"
        checked = _single_number(connection, population)
        failed = _single_number(connection, "select count(*) from rule_failing")
        sample = _sample(connection, rule) if failed else ()
    except duckdb.Error as error:
        # The first line names the SQL mistake; the rest could quote values.
        raise RuleError(f"rule {rule.key} cannot be evaluated: {str(error).splitlines()[0]}") from error
    if rule.judges_raw_rows:
        connection.execute(
            "insert into rule_findings select ?, _row_id, ?, ?, ?, ?, ? from rule_failing",
            [rule.table, rule.id, rule.severity, rule.action, rule.reason, rule.fix],
        )
        if rule.action == "quarantine":
            connection.execute("insert into rule_rejected select ?, _row_id from rule_failing", [rule.table])
    metrics = _metrics_of_failing_rows(connection, rule) if failed and rule.metrics_from else rule.metrics
    return _result(rule, run_id, now, checked=checked, failed=failed, sample=sample, metrics=metrics)


def _metrics_of_failing_rows(connection: duckdb.DuckDBPyConnection, rule: Rule) -> tuple[str, ...]:
    rows = connection.execute(f"select distinct {rule.metrics_from} from rule_failing order by 1").fetchall()
    return tuple(str(metric) for (metric,) in rows)


def _result(
    rule: Rule,
    run_id: str,
    now: datetime,
    *,
    checked: int,
    failed: int,
    sample: Sample,
    metrics: tuple[str, ...] | None = None,
) -> RuleResult:
    explanation = str(sample[0][rule.explained_by]) if rule.explained_by and sample else ""
    return RuleResult(
        rule_id=rule.id,
        title=rule.title,
        stage=rule.stage,
        source_table=rule.table,
        severity=rule.severity,
        action=rule.action,
        rows_checked=checked,
        rows_failed=failed,
        tolerance_percent=rule.tolerance_percent,
        outcome=judge(checked, failed, rule.severity, rule.tolerance_percent),
        metrics=rule.metrics if metrics is None else metrics,
        reason=f"{rule.reason} {explanation}".rstrip(),
        fix=rule.fix,
        evaluated_at=now,
        run_id=run_id,
        sample=sample,
    )


def _sample(connection: duckdb.DuckDBPyConnection, rule: Rule) -> Sample:
    if rule.judges_raw_rows:
        relation = f"raw.{rule.table} as t semi join rule_failing as f on f._row_id = t._row_id"
        return first_rows(connection, relation, (*POINTERS, *rule.sample_columns))
    return first_rows(connection, "rule_failing", rule.sample_columns)


def _single_number(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def _prepare_marts_inputs(connection: duckdb.DuckDBPyConnection, today: date) -> None:
    """Balances for the reconciliation rules, and the present school year as the marts know it."""
    connection.execute(
        "create or replace temp table rule_balance (source_table varchar, file_rows bigint, superseded bigint, "
        "unreadable bigint, landed bigint, staged bigint, quarantined bigint, difference bigint)"
    )
    balances = [tuple(balance.model_dump().values()) for balance in reconcile(connection)]
    if balances:
        connection.executemany("insert into rule_balance values (?, ?, ?, ?, ?, ?, ?, ?)", balances)
    for table, columns in FROZEN_INPUTS.items():
        # Filled by `prepare_frozen_changes` where a serving folder has frozen figures.
        connection.execute(f"create temp table if not exists {table} ({columns})")
    connection.execute(f"create or replace temp macro rule_today() as date '{today.isoformat()}'")


def _store_results(connection: duckdb.DuckDBPyConnection, results: Sequence[RuleResult]) -> None:
    if not results:
        return
    connection.execute(
        "delete from quarantine.rule_results where run_id = ? and stage = ?",
        [results[0].run_id, results[0].stage],
    )
    columns = tuple(name for name in RuleResult.model_fields if name != "sample")
    rows = [[_plain(getattr(result, name)) for name in columns] for result in results]
    connection.executemany(
        f"insert into quarantine.rule_results ({', '.join(columns)}) values ({', '.join('?' * len(columns))})",
        rows,
    )


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
