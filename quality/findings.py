"""Findings as data: every record that fails a rule, since when, and what was decided about it.

The tables have the shape of Ed-Fi's validation extension.

    validation.validation_rule     the registry as it was when a stage was last evaluated
    validation.validation_run      one row per evaluation of a stage
    validation.validation_result   one row per rule and failing record; open until the record is mended

A record is found again by its `resource_id`: of a raw table the `_row_id`, of a mart the values of the rule's record
key. `context` holds the rule's sample columns, which never identify anyone; `resource_id` may.
"""

import json
import platform
from collections.abc import Iterable, Sequence
from datetime import datetime

import duckdb

from quality.bulk_insert import insert_rows
from quality.registry import Rule, SchoolColumn, Stage, rule_set_version, school_columns
from quality.waivers import Waiver

KEPT_DAYS = 400
"""Days for which a mended finding stays listed."""

_TABLES = """
create schema if not exists validation;
create table if not exists validation.validation_rule (
    rule_id varchar, resource_type varchar, rule_source varchar, title varchar, category varchar, severity varchar,
    status varchar, logic_type varchar, logic varchar, meaning varchar, fix varchar, owner_role varchar,
    fixed_by varchar[], school_days_to_fix integer, tolerance_percent double, basis varchar, action varchar,
    stage varchar, metrics varchar[]
);
create table if not exists validation.validation_run (
    run_id varchar, stage varchar, started_at timestamptz, finished_at timestamptz, status varchar, host varchar,
    engine varchar, rule_set_version varchar, rules bigint, records_failed bigint, records_waived bigint
);
create table if not exists validation.validation_result (
    result_id varchar, rule_id varchar, resource_type varchar, resource_id varchar, school_number varchar,
    source_file varchar, source_row varchar, stage varchar, action varchar, context json, waiver_id varchar,
    waiver_kind varchar, first_seen_at timestamptz, last_seen_at timestamptz, resolved_at timestamptz, run_id varchar
);
"""

_FOUND = """
create or replace temp table rule_found (
    result_id varchar, rule_id varchar, resource_type varchar, resource_id varchar, school_number varchar,
    source_file varchar, source_row varchar, action varchar, context json, waiver_id varchar, waiver_kind varchar
);
create or replace temp table rule_waiver (
    waiver_id varchar, rule_id varchar, kind varchar, resource_type varchar, school_number varchar, result_id varchar
);
"""

_ENGINE = "soda-core"


def create_validation_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create schema `validation` and its tables where they do not exist yet."""
    connection.execute(_TABLES)


def begin_findings(connection: duckdb.DuckDBPyConnection, waivers: Iterable[Waiver], today: datetime) -> None:
    """Empty what a stage has found so far, and note the waivers that hold today."""
    connection.execute(_FOUND)
    rows = [
        (waiver.id, waiver.rule, waiver.kind, waiver.table, waiver.school, result_id)
        for waiver in waivers
        if waiver.holds_on(today.date())
        for result_id in (waiver.results or ("",))
    ]
    insert_rows(connection, "rule_waiver", rows)


def note_findings(connection: duckdb.DuckDBPyConnection, rule: Rule) -> int:
    """Add the rows of the temporary table `rule_failing` to what the stage has found.

    Returns:
        How many of them are waived.
    """
    context = _context("t" if rule.judges_raw_rows else "f", rule.sample_columns)
    if rule.judges_raw_rows:
        school, join = school_of_row(rule.table)
        selected = (
            f"select f._row_id as resource_id, {school} as school_number, t._source_file as source_file, "
            f"t._source_row as source_row, {context} as context from rule_failing as f "
            f"inner join raw.{rule.table} as t on t._row_id = f._row_id {join}"
        )
    else:
        columns = {name for name, *_ in connection.execute("describe rule_failing").fetchall()}
        school = "f.school_number" if "school_number" in columns else "null"
        file = "f.source_file" if "source_file" in columns else "null"
        key = _context("f", rule.record_key or rule.sample_columns)
        selected = (
            f"select md5({key}::varchar) as resource_id, {school}::varchar as school_number, {file}::varchar as "
            f"source_file, null as source_row, {context} as context from rule_failing as f"
        )
    result_id = "md5(concat_ws('|', $rule, $table, resource_id))"
    connection.execute(
        f"""
        insert into rule_found
        with found as (select *, {result_id} as result_id from ({selected}))
        select any_value(found.result_id), $rule, $table, found.resource_id, any_value(found.school_number),
            any_value(found.source_file), any_value(found.source_row::varchar), $action, any_value(found.context),
            min(w.waiver_id), min(w.kind)
        from found
        left join rule_waiver as w
            on w.rule_id = $rule
            and w.resource_type in ('', $table)
            and w.school_number in ('', coalesce(found.school_number, ''))
            and w.result_id in ('', found.result_id)
        group by found.resource_id
        """,
        {"rule": rule.id, "table": rule.table, "action": rule.action},
    )
    row = connection.execute(
        "select count(*) from rule_found where rule_id = ? and resource_type = ? and waiver_id is not null",
        [rule.id, rule.table],
    ).fetchone()
    return int(row[0]) if row else 0


def store_findings(
    connection: duckdb.DuckDBPyConnection,
    rules: Sequence[Rule],
    *,
    stage: Stage,
    run_id: str,
    started_at: datetime,
    finished_at: datetime,
) -> None:
    """Merge what a stage has found into the findings: new ones open, those that are gone are resolved."""
    connection.execute("delete from validation.validation_rule where stage = ?", [stage])
    insert_rows(connection, "validation.validation_rule", [_rule_row(one) for one in rules])
    bound = {"stage": stage, "now": finished_at, "run": run_id}
    connection.execute(
        """
        update validation.validation_result as kept
        set resolved_at = $now
        where stage = $stage and resolved_at is null
            and not exists (select 1 from rule_found as found where found.result_id = kept.result_id)
        """,
        {"stage": stage, "now": finished_at},
    )
    connection.execute(
        """
        update validation.validation_result as kept
        set last_seen_at = $now, run_id = $run, school_number = found.school_number, source_file = found.source_file,
            source_row = found.source_row, context = found.context, waiver_id = found.waiver_id,
            waiver_kind = found.waiver_kind, action = found.action
        from rule_found as found
        where kept.result_id = found.result_id and kept.stage = $stage and kept.resolved_at is null
        """,
        bound,
    )
    connection.execute(
        """
        insert into validation.validation_result
        select found.result_id, found.rule_id, found.resource_type, found.resource_id, found.school_number,
            found.source_file, found.source_row, $stage, found.action, found.context, found.waiver_id,
            found.waiver_kind, $now, $now, null, $run
        from rule_found as found
        where not exists (
            select 1 from validation.validation_result as kept
            where kept.result_id = found.result_id and kept.resolved_at is null)
        """,
        bound,
    )
    connection.execute(
        "delete from validation.validation_result where resolved_at < $now - interval 1 day * $days",
        {"now": finished_at, "days": KEPT_DAYS},
    )
    connection.execute("delete from validation.validation_run where run_id = ? and stage = ?", [run_id, stage])
    connection.execute(
        """
        insert into validation.validation_run
        select $run, $stage, $started, $now, 'finished', $host, $engine, $version, $rules,
            count(*), count(waiver_id) from rule_found
        """,
        {
            **bound,
            "started": started_at,
            "host": platform.node(),
            "engine": _ENGINE,
            "version": rule_set_version(rules),
            "rules": len(rules),
        },
    )


def _rule_row(rule: Rule) -> tuple[object, ...]:
    logic_type = "condition on one row" if rule.failing_when else "query"
    return (
        *(rule.id, rule.table, "stocktake", rule.title, rule.domain, rule.severity, "active", logic_type),
        *(rule.failing_when or rule.failing_rows, rule.reason, rule.fix, rule.owner_role, list(rule.fixed_by)),
        *(rule.school_days_to_fix, rule.tolerance_percent, rule.basis, rule.action, rule.stage, list(rule.metrics)),
    )


def _context(alias: str, columns: Sequence[str]) -> str:
    """SQL of a JSON object with the columns as text."""
    if not columns:
        return "'{}'::json"
    pairs = ", ".join(f"{json.dumps(name)} := {alias}.{json.dumps(name)}::varchar" for name in columns)
    return f"to_json(struct_pack({pairs}))"


def school_of_row(table: str) -> tuple[str, str]:
    """SQL of the number of a raw row's school, and the join that it needs."""
    school = school_columns().get(table, SchoolColumn(column=""))
    if not school.column:
        return "null", ""
    named = f"nullif(trim(t.{school.column}), '')"
    if not school.table:
        return named, ""
    numbers = (
        f"select trim({school.key}) as key, any_value(nullif(trim({school.number}), '')) as number "
        f"from raw.{school.table} group by 1"
    )
    return "s.number", f"left join ({numbers}) as s on s.key = {named}"
