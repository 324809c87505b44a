"""Evaluates rules: which rows fail, how many of how many, and what that means for the metrics.

Rules of the raw stage run between landing and dbt, rules of the marts stage after dbt. Soda counts what fails, many
rules in one reading of a table; only of the rules that found something the failing records are then fetched.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from quality.bulk_insert import insert_rows
from quality.control_totals import compare_control_totals
from quality.errors import RuleError
from quality.failing_rows import POINTERS, Sample, first_rows
from quality.findings import begin_findings, create_validation_tables, note_findings, store_findings
from quality.quarantine import create_quarantine_tables, store_rejected_rows
from quality.reconciliation import reconcile
from quality.registry import Rule, Stage, metric_feeds
from quality.rule_inputs import FROZEN_INPUTS, evaluation_order, latest_delivery, prepare_inputs, prepare_inputs_before
from quality.rule_results import RuleResult, judge
from quality.verify import FailingRows, count_failing_rows
from quality.waivers import Waiver


def evaluate_rules(
    connection: duckdb.DuckDBPyConnection,
    rules: Iterable[Rule],
    *,
    stage: Stage,
    run_id: str,
    now: datetime,
    reference_dir: Path,
    school_year_starts_month: int = 7,
    waivers: Iterable[Waiver] = (),
) -> list[RuleResult]:
    """Evaluate the rules of a stage and store what they found in schemas `quarantine` and `validation`.

    Args:
        connection: the warehouse, writable.
        now: moment of the evaluation, timezone-aware.
        reference_dir: the dbt seeds, where lists of known codes and cut scores lie.
        waivers: findings that do not count against a tolerance.

    Returns:
        One result per rule, in the order of evaluation.

    Raises:
        RuleError: a rule's SQL does not run, or Soda does not count; nothing is stored.
    """
    started = datetime.now(UTC)
    chosen = [rule for rule in rules if rule.stage == stage]
    today = max(now.date(), latest_delivery(connection) or now.date())
    create_quarantine_tables(connection)
    create_validation_tables(connection)
    connection.begin()
    try:
        begin_findings(connection, waivers, now)
        prepare_inputs(
            connection,
            today=today,
            reference_dir=reference_dir,
            school_year_starts_month=school_year_starts_month,
        )
        connection.execute(
            "create or replace temp table rule_findings (source_table varchar, row_id varchar, rule_id varchar, "
            "severity varchar, reason varchar, fix varchar)"
        )
        if stage == "raw":
            compare_control_totals(connection)
            results = _evaluate_raw(connection, chosen, run_id, now)
            connection.execute("create or replace temp table rule_now as select ?::timestamptz as moment", [now])
            store_rejected_rows(connection, "rule_findings", "rule_now")
        else:
            _prepare_marts_inputs(connection, today)
            results = _evaluate_all(connection, chosen, run_id, now)
        _store_results(connection, results)
        duration = datetime.now(UTC) - started
        store_findings(connection, chosen, stage=stage, run_id=run_id, started_at=now - duration, finished_at=now)
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
    heard_of = _tables_heard_of(connection)
    for table in evaluation_order():
        prepare_inputs_before(connection, table)
        on_table = [rule for rule in rules if rule.table == table and rule.judges_raw_rows]
        if on_table and _single_number(connection, f"select count(*) from raw.{table}") == 0:
            results += [_nothing_to_judge(rule, run_id, now) for rule in on_table]
        else:
            results += _evaluate_all(connection, on_table, run_id, now)
    on_landing = [rule for rule in rules if not rule.judges_raw_rows]
    silent = {rule.key for rule in on_landing if rule.table in metric_feeds() and rule.table not in heard_of}
    results += [_nothing_to_judge(rule, run_id, now) for rule in on_landing if rule.key in silent]
    return results + _evaluate_all(connection, [rule for rule in on_landing if rule.key not in silent], run_id, now)


def _tables_heard_of(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Raw tables with rows, or of which landing or a control total tells; most districts send few of them all."""
    records = ("_deliveries", "_landing_failures", "_schema_drift", "_unreadable_lines")
    united = (
        "select source_table from rule_control_total union "
        # An estimate that is never nothing for a table with rows, and needs no count of every table.
        "select table_name from duckdb_tables() "
        "where database_name = current_database() and schema_name = 'raw' and estimated_size > 0"
    ) + "".join(f" union select system || '__' || entity from raw.{record}" for record in records)
    return frozenset(table for (table,) in connection.execute(united).fetchall())


def _nothing_to_judge(rule: Rule, run_id: str, now: datetime) -> RuleResult:
    return _result(rule, run_id, now, checked=0, failed=0, waived=0, sample=(), metrics=rule.metrics)


def _evaluate_all(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule], run_id: str, now: datetime
) -> list[RuleResult]:
    """The results of rules in their order; those that do not depend on one another are counted together."""
    results = []
    populations: dict[str, int] = {}
    for group in _independent(rules):
        failing = _count(connection, group)
        for rule in group:
            if not rule.population and rule.table not in populations:
                populations[rule.table] = _single_number(connection, f"select count(*) from {rule.stage}.{rule.table}")
            results.append(_evaluate(connection, rule, populations.get(rule.table), failing[rule.key], run_id, now))
    return results


def _independent(rules: Sequence[Rule]) -> Iterator[list[Rule]]:
    """Runs of rules of which none reads what another one rejects."""
    group: list[Rule] = []
    for rule in rules:
        reads_accepted = any(
            name in f"{rule.relation} {rule.failing_rows}" for name in (f"accepted_{rule.table}", "rule_rejected")
        )
        if reads_accepted and any(one.action == "quarantine" for one in group):
            yield group
            group = []
        group.append(rule)
    if group:
        yield group


def _count(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> dict[str, int]:
    """How many rows fail each rule, by its key.

    Raises:
        RuleError: a rule could not be counted, which must not pass for a rule that found nothing.
    """
    on_relation: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        on_relation[rule.relation].append(rule)
    queries_on = next(iter(on_relation), "")
    counts: dict[str, int] = {}
    for relation, conditions in on_relation.items():
        counted = {rule.key: FailingRows(condition=rule.failing_when) for rule in conditions if rule.failing_when}
        if relation == queries_on:
            # A query names its own tables, so all of them go with the first.
            counted |= {rule.key: FailingRows(query=rule.failing) for rule in rules if not rule.failing_when}
        if not counted:
            continue
        names = {f"rule_{number}": key for number, key in enumerate(counted)}
        found = count_failing_rows(connection, relation, {name: counted[key] for name, key in names.items()})
        uncounted = {names[name] for name, count in found.items() if count is None}
        if uncounted:
            raise RuleError(_why_not(connection, [rule for rule in rules if rule.key in uncounted]))
        counts |= {names[name]: count for name, count in found.items() if count is not None}
    return counts


def _why_not(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> str:
    """Which of the rules that Soda did not count is wrong; one wrong condition keeps all on its table uncounted."""
    for rule in rules:
        condition = f"select count(*) filter (where {rule.failing_when}) from {rule.relation}"
        try:
            connection.execute(condition if rule.failing_when else f"select count(*) from ({rule.failing})")
        except duckdb.Error as error:
            # The first line names the SQL mistake; the rest could quote values.
            return f"rule {rule.key} cannot be evaluated: {str(error).splitlines()[0]}"
    return f"Soda did not count the rows of {', '.join(rule.key for rule in rules)}, though their SQL runs"


def _evaluate(
    connection: duckdb.DuckDBPyConnection, rule: Rule, table_rows: int | None, failing: int, run_id: str, now: datetime
) -> RuleResult:
    try:
        checked = _single_number(connection, rule.population) if rule.population else table_rows or 0
        waived = 0
        sample: Sample = ()
        metrics = rule.metrics
        if failing:
            connection.execute(f"create or replace temp table rule_failing as {rule.failing}")
            metrics = _metrics_of_failing_rows(connection, rule) if rule.metrics_from else metrics
            waived, sample = note_findings(connection, rule), _sample(connection, rule)
    except duckdb.Error as error:
        raise RuleError(f"rule {rule.key} cannot be evaluated: {str(error).splitlines()[0]}") from error
    if failing and rule.action == "quarantine":
        _reject(connection, rule)
    return _result(
        rule, run_id, now, checked=checked, failed=failing - waived, waived=waived, sample=sample, metrics=metrics
    )


def _metrics_of_failing_rows(connection: duckdb.DuckDBPyConnection, rule: Rule) -> tuple[str, ...]:
    rows = connection.execute(f"select distinct {rule.metrics_from} from rule_failing order by 1").fetchall()
    return tuple(str(metric) for (metric,) in rows)


def _reject(connection: duckdb.DuckDBPyConnection, rule: Rule) -> None:
    """Keep the failing rows out of staging, but for those about which a rule that is not fatal is said to be wrong."""
    rejected = (
        "from rule_found where rule_id = $rule and resource_type = $table "
        "and ($severity = 'fatal' or waiver_kind is distinct from 'false_positive')"
    )
    named = {"rule": rule.id, "table": rule.table, "severity": rule.severity}
    connection.execute(f"insert into rule_rejected select resource_type, resource_id {rejected}", named)
    connection.execute(
        f"insert into rule_findings select resource_type, resource_id, rule_id, $severity, $reason, $fix {rejected}",
        {**named, "reason": rule.reason, "fix": rule.fix},
    )


def _result(
    rule: Rule,
    run_id: str,
    now: datetime,
    *,
    checked: int,
    failed: int,
    waived: int,
    sample: Sample,
    metrics: tuple[str, ...],
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
        rows_waived=waived,
        tolerance_percent=rule.tolerance_percent,
        outcome=judge(checked, failed, rule.severity, rule.tolerance_percent),
        metrics=metrics,
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
    insert_rows(connection, "rule_balance", [tuple(one.model_dump().values()) for one in reconcile(connection)])
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
    insert_rows(connection, "quarantine.rule_results", rows, columns)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
