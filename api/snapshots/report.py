"""One published report on data quality, opened for reading and locked down."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self, get_args

import duckdb
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from api.snapshots.pointer import Freshness, ReportPointer
from api.snapshots.snapshot import SnapshotError, attach_read_only, check_digest, fetch_rows

CATALOG = "quality_report"
ALL_METRICS = "*"

Severity = Literal["fatal", "error", "warn", "info"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
Outcome = Literal["pass", "warn", "fail", "not_evaluated"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

AGES: tuple[tuple[int, int | None], ...] = ((0, 2), (3, 5), (6, 20), (21, None))
"""Ages of open findings, in school days, that are counted together; the last is open-ended."""

RuleKey = tuple[str, str, str]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Role(_Frozen):
    """Who owns data, or can mend it."""

    id: str
    title: str
    scope: Literal["school", "district"] = Field(description="`school`: for the rows of one's own school.")


class FindingCounts(_Frozen):
    """How many records fail, by what became of them."""

    open: int = 0
    overdue: int = Field(0, description="Of the open ones, those older than the days that their rule gives.")
    waived: int = Field(0, description="Records that somebody has decided to live with, for a time and a reason.")
    resolved: int = Field(0, description="Records that were mended in the last thirty days.")
    oldest_school_days: int | None = Field(None, description="Age of the oldest open one; null where none is open.")


class OpenBySeverity(_Frozen):
    """Open findings by the severity of their rules."""

    fatal: int = 0
    error: int = 0
    warn: int = 0
    info: int = 0


class FindingsBehind(_Frozen):
    """Findings of the rules that a metric depends on."""

    open: OpenBySeverity
    overdue: int
    waived: int


class JudgedRule(_Frozen):
    """A rule on one table, and what its last evaluation found."""

    id: str
    table: str
    stage: Literal["raw", "marts"]
    title: str
    severity: Severity
    domain: str
    action: str = Field(description="`quarantine`: a failing row stays out of the figures. `flag`: it is only listed.")
    owner_role: Role
    fixed_by: tuple[Role, ...]
    meaning: str
    fix: str
    basis: str = Field(description="Where the rule and its threshold come from.")
    tolerance_percent: float = Field(description="Share of rows that may fail before a fatal rule holds metrics.")
    school_days_to_fix: int | None = Field(description="Null: a failing row is never overdue.")
    metrics: tuple[str, ...] = Field(description="Metrics that depend on it; `*` is all of them.")
    outcome: Outcome = Field(description="`fail` holds the metrics.")
    rows_checked: int | None
    rows_failed: int | None
    rows_waived: int | None
    reason: str | None = Field(description="What the last evaluation says; null where there was none.")
    evaluated_at: AwareDatetime | None
    findings: FindingCounts

    @property
    def key(self) -> RuleKey:
        """What its findings name it by."""
        return self.id, self.table, self.stage

    def concerns(self, metric: str) -> bool:
        """Whether a metric depends on it."""
        return metric in self.metrics or ALL_METRICS in self.metrics


class StageRun(_Frozen):
    """The last evaluation of the rules of a stage."""

    stage: Literal["raw", "marts"]
    run_id: str
    started_at: AwareDatetime
    finished_at: AwareDatetime
    rule_set_version: str = Field(description="Changes whenever a rule does.")
    rules: int
    records_failed: int
    records_waived: int


class TableBalance(_Frozen):
    """Rows of a source table on their way; `difference` is 0 when none was lost."""

    source_table: str
    file_rows: int
    superseded: int = Field(description="Lines that a later delivery replaced.")
    unreadable: int
    landed: int
    staged: int
    quarantined: int
    difference: int


def utc_text(column: str) -> str:
    """SQL of a timestamp with time zone as ISO text in UTC, whatever the zone of the machine."""
    return f"strftime(make_timestamp(epoch_us({column})), '%Y-%m-%dT%H:%M:%S.%fZ')"


_RULES = f"""
    select rule_id as id, resource_type as "table", stage, title, severity, category as domain, action, owner_role,
        fixed_by, meaning, fix, basis, tolerance_percent, school_days_to_fix, metrics,
        coalesce(outcome, 'not_evaluated') as outcome, rows_checked, rows_failed, rows_waived, finding as reason,
        {utc_text("evaluated_at")} as evaluated_at
    from {CATALOG}.rule
    order by rule_id, resource_type, stage
"""
COUNTED = """
    count(*) filter (where status = 'open') as "open", count(*) filter (where is_overdue) as overdue,
    count(*) filter (where status = 'waived') as waived, count(*) filter (where status = 'resolved') as resolved,
    max(age_school_days) filter (where status = 'open') as oldest_school_days
"""
"""SQL that counts findings, as FindingCounts names them."""
_COUNTS = f"""
    select rule_id, resource_type, stage, {COUNTED}, {
    ", ".join(
        f"count(*) filter (where status = 'open' and age_school_days between {first} and "
        f"{'age_school_days' if last is None else last})"
        for first, last in AGES
    )
}
    from {CATALOG}.result
    group by rule_id, resource_type, stage
"""
_RUNS = f"""
    select stage, run_id, {utc_text("started_at")} as started_at, {utc_text("finished_at")} as finished_at,
        rule_set_version, rules, records_failed, records_waived
    from {CATALOG}.run
    qualify row_number() over (partition by stage order by run.finished_at desc, run_id) = 1
    order by stage desc
"""
_BALANCES = f"from {CATALOG}.balance order by source_table"
_FRESHNESS = f"""
    select source_table, latest_delivery_on, latest_event_on, {utc_text("loaded_at")} as loaded_at, "rows"
    from {CATALOG}.freshness
    order by source_table
"""
_SCHOOLS = f"select distinct school_number from {CATALOG}.result where school_number is not null order by all"


@dataclass(frozen=True, eq=False)
class Report:
    """An open report: what is asked of it with every answer, in memory, and a connection to its findings."""

    pointer: ReportPointer
    roles: Mapping[str, Role]
    rules: tuple[JudgedRule, ...]
    open_by_age: Mapping[RuleKey, tuple[int, ...]]
    """Open findings of each rule, in the order of AGES."""
    runs: tuple[StageRun, ...]
    balances: tuple[TableBalance, ...]
    freshness: tuple[Freshness, ...]
    schools: tuple[str, ...]
    """Numbers of the schools that have findings."""
    _connection: duckdb.DuckDBPyConnection

    @classmethod
    def open(cls, folder: Path, pointer: ReportPointer, *, threads: int, memory: str) -> Self:
        """Open the report that `pointer` names in `folder`. Raises SnapshotError with what is wrong with it."""
        name = f"{pointer.report_id}.duckdb"
        try:
            file = (folder / name).resolve(strict=True)
            check_digest(file, pointer.sha256)
            connection = attach_read_only({CATALOG: file}, threads=threads, memory=memory)
            try:
                return cls._read(pointer, connection)
            except BaseException:
                connection.close()
                raise
        except (OSError, ValidationError, KeyError, duckdb.Error) as error:
            raise SnapshotError(f"report {name} cannot be read ({type(error).__name__})") from error

    @classmethod
    def _read(cls, pointer: ReportPointer, connection: duckdb.DuckDBPyConnection) -> Self:
        def rows(sql: str) -> list[dict[str, Any]]:
            return fetch_rows(connection, sql, {})

        roles = {
            row["role"]: Role(id=row["role"], title=row["title"], scope=row["scope"])
            for row in rows(f"from {CATALOG}.role")
        }
        counts: dict[RuleKey, FindingCounts] = {}
        ages: dict[RuleKey, tuple[int, ...]] = {}
        for row in rows(_COUNTS):
            rule, table, stage, *found = row.values()
            counts[rule, table, stage] = FindingCounts.model_validate(row)
            ages[rule, table, stage] = tuple(found[-len(AGES) :])
        rules = [
            JudgedRule.model_validate(
                {
                    **row,
                    "owner_role": roles[row["owner_role"]],
                    "fixed_by": [roles[role] for role in row["fixed_by"]],
                    "findings": counts.get((row["id"], row["table"], row["stage"]), FindingCounts()),
                }
            )
            for row in rows(_RULES)
        ]
        return cls(
            pointer=pointer,
            roles=roles,
            rules=tuple(rules),
            open_by_age=ages,
            runs=tuple(StageRun.model_validate(row) for row in rows(_RUNS)),
            balances=tuple(TableBalance.model_validate(row) for row in rows(_BALANCES)),
            freshness=tuple(Freshness.model_validate(row) for row in rows(_FRESHNESS)),
            schools=tuple(row["school_number"] for row in rows(_SCHOOLS)),
            _connection=connection,
        )

    @property
    def id(self) -> str:
        """The report's id."""
        return self.pointer.report_id

    @cached_property
    def rules_with_findings(self) -> tuple[JudgedRule, ...]:
        """The rules that some record fails, waived or not."""
        return tuple(rule for rule in self.rules if rule.findings.open or rule.findings.waived)

    def behind(self, metric: str) -> FindingsBehind:
        """The findings of the rules that a metric depends on."""
        return findings_behind(metric, self.rules_with_findings)

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows of `sql`, by column."""
        return fetch_rows(self._connection, sql, parameters)

    def close(self) -> None:
        """Detach the file. No request may be using the report any more."""
        self._connection.close()


def findings_behind(metric: str, rules: Iterable[JudgedRule]) -> FindingsBehind:
    """The findings of those of `rules` that a metric depends on."""
    concerned = [rule for rule in rules if rule.concerns(metric)]
    open_by_severity: dict[str, int] = dict.fromkeys(SEVERITIES, 0)
    for rule in concerned:
        open_by_severity[rule.severity] += rule.findings.open
    return FindingsBehind(
        open=OpenBySeverity(**open_by_severity),
        overdue=sum(rule.findings.overdue for rule in concerned),
        waived=sum(rule.findings.waived for rule in concerned),
    )


def added_up(counts: Iterable[FindingCounts]) -> FindingCounts:
    """The sum of counts of different findings; the oldest is the oldest of all."""
    listed = list(counts)
    ages = [each.oldest_school_days for each in listed if each.oldest_school_days is not None]
    return FindingCounts(
        open=sum(each.open for each in listed),
        overdue=sum(each.overdue for each in listed),
        waived=sum(each.waived for each in listed),
        resolved=sum(each.resolved for each in listed),
        oldest_school_days=max(ages, default=None),
    )
