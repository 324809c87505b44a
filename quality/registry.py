"""The rule registry: every content judgement, read from `rules/<domain>.yml`.

A rule file gives its domain once, who owns such data and who can mend it, and a list of rules, each of which may say
otherwise. Two shorthands keep the files short:

- `table: every_source_table` makes one rule per raw table; `{table}`, `{system}` and `{entity}` in its SQL
  become that table's names;
- `variants: [{name: attendance, ...}]` makes one rule per variant, its id extended by the name; each other
  key replaces its placeholder, and `metrics` replaces the rule's.

A rule names the metrics that it concerns by id, or by what they have in common, so that a new metric need not be
entered in any rule: `family:attendance`, `table:sis_files__attendance` (those that depend on the raw table) and
`column:has_oss` (those counted from that column of the rule's mart). A rule that names none concerns those that its
table feeds.
"""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from quality.errors import RuleError
from quality.identifying_columns import IDENTIFYING_COLUMNS
from quality.roles import ROLE_IDS
from quality.severities import SCHOOL_DAYS_TO_FIX, Severity

RULES_DIR = Path(__file__).parent / "rules"
SOURCE_TABLES_FILE = Path(__file__).parent / "source_tables.yml"
PUBLIC_METRICS_FILE = Path(__file__).parent / "public_metrics.yml"

_METRICS: dict[str, dict[str, Any]] = yaml.load(
    PUBLIC_METRICS_FILE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
)

METRIC_IDS: tuple[str, ...] = tuple(_METRICS)
"""Public metrics that a rule may name."""

ALL_METRICS = "*"

Action = Literal["quarantine", "flag"]
Stage = Literal["raw", "marts"]

_EVERY_SOURCE_TABLE = "every_source_table"


class Rule(BaseModel):
    """One judgement about the content of a table.

    What fails is said in one of two ways. `failing_when` is a condition on one row: the conditions on a table are
    counted together in one reading of it. `failing_rows` is a SELECT, for what one row does not tell.

    Attributes:
        severity: fatal holds the metrics once more rows fail than tolerated; error must be mended or waived; warn must
            be looked at; info only tells.
        action: quarantine keeps failing raw rows out of staging; flag leaves them in.
        owner_role: who answers for the data that the rule judges.
        fixed_by: who can mend a failing row, in the source; by default the owner.
        school_days_to_fix: days of school after which an open row is overdue; by default that of the severity.
        table: raw table (`oneroster__users`), landing record (`_deliveries`) or mart.
        reads: table whose rows `failing_when` judges, where that is a parsed copy of the rule's table.
        failing_rows: a SELECT of the failing rows; for raw tables it returns their `_row_id`.
        population: a SELECT of one number, the rows that were judged; default: all rows of the table.
        sample_columns: columns shown beside the pointers of a failing row; never identifying ones.
        record_key: columns that find a failing row of a mart again; default: the sample columns.
        explained_by: the one of them whose text, of the first failing row, is told behind the reason.
        tolerance_percent: share of the population that may fail before a fatal rule holds its metrics.
        metrics: ids that the rule concerns, or `*`; families, tables and columns are replaced by their metrics.
        metrics_from: column of the failing rows that names, of these, the metrics that they concern; empty for all.
        reason: what it means, in plain words.
        basis: where the rule and its threshold come from.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[A-Z]{2}-\d{2}(-[a-z_]+)?$")
    title: str
    domain: str
    severity: Severity
    action: Action = "flag"
    owner_role: str
    fixed_by: tuple[str, ...] = ()
    school_days_to_fix: int | None = Field(default=None, ge=0)
    stage: Stage
    table: str
    reads: str = ""
    failing_when: str = ""
    failing_rows: str = ""
    population: str | None = None
    sample_columns: tuple[str, ...] = ()
    record_key: tuple[str, ...] = ()
    explained_by: str = ""
    tolerance_percent: float = Field(default=1.0, ge=0, le=100)
    metrics: tuple[str, ...]
    metrics_from: str = ""
    reason: str
    fix: str
    basis: str

    @property
    def key(self) -> str:
        """Unique name: the id alone is shared by the rules that `every_source_table` made."""
        return f"{self.id}:{self.table}"

    @property
    def relation(self) -> str:
        """Table whose rows `failing_when` judges, with its schema."""
        return f"temp.{self.reads}" if self.reads else f"{self.stage}.{self.table}"

    @property
    def judges_raw_rows(self) -> bool:
        """True when failing rows are rows of a raw source table and so have a `_row_id`."""
        is_source_table = self.stage == "raw" and self.table in metric_feeds()
        return is_source_table and ("_row_id" in self.failing_rows or bool(self.failing_when))

    @property
    def failing(self) -> str:
        """A SELECT of the failing rows, each once; of a raw table only their `_row_id`."""
        if not self.judges_raw_rows:
            return self.failing_rows or f"select * from {self.relation} where {self.failing_when}"
        # A rule that joins may name a row twice; it still is one failing row.
        rows = f"({self.failing_rows})" if self.failing_rows else f"{self.relation} where {self.failing_when}"
        return f"select distinct _row_id from {rows}"

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, entry: Any) -> Any:
        if not isinstance(entry, Mapping):
            return entry
        severity = entry.get("severity")
        days = SCHOOL_DAYS_TO_FIX.get(severity) if severity is not None else None
        return {"fixed_by": (entry.get("owner_role", ""),), "school_days_to_fix": days, **entry}

    @field_validator("metrics", mode="before")
    @classmethod
    def _by_id(cls, metrics: Any, info: ValidationInfo) -> Any:
        return named_metrics(metrics, info.data["table"]) if isinstance(metrics, list | tuple) else metrics

    @model_validator(mode="after")
    def _check(self) -> Self:
        identifying = IDENTIFYING_COLUMNS.intersection(self.sample_columns)
        if identifying:
            raise ValueError(f"sample_columns must not identify anyone: {', '.join(sorted(identifying))}")
        if self.explained_by and self.explained_by not in self.sample_columns:
            raise ValueError(f"explained_by names {self.explained_by}, which is not among the sample_columns")
        unknown = set(self.metrics) - {*METRIC_IDS, ALL_METRICS}
        if unknown:
            raise ValueError(f"unknown metrics: {', '.join(sorted(unknown))}")
        strangers = {self.owner_role, *self.fixed_by} - ROLE_IDS
        if strangers:
            raise ValueError(f"unknown roles: {', '.join(sorted(strangers))}; quality/roles.yml lists them")
        if bool(self.failing_when) == bool(self.failing_rows):
            raise ValueError("give either failing_when, a condition on one row, or failing_rows, a SELECT")
        if self.action == "quarantine" and not self.judges_raw_rows:
            raise ValueError("only rows of a raw source table can be quarantined; select their _row_id")
        return self


def named_metrics(names: Iterable[str], rule_table: str) -> tuple[str, ...]:
    """Metric ids in the place of `family:`, `table:` and `column:`; each once, `*` alone if it is among them.

    Args:
        rule_table: table that the rule judges; `column:` means a column of it.

    Raises:
        ValueError: a family, table or column has no such name, or no metric.
    """
    found: list[str] = []
    for name in names:
        kind, colon, value = name.partition(":")
        found += _metrics_of(kind, value, rule_table) if colon else [name]
    return (ALL_METRICS,) if ALL_METRICS in found else tuple(dict.fromkeys(found))


def _metrics_of(kind: str, value: str, rule_table: str) -> list[str]:
    if kind == "table" and value in metric_feeds():
        return list(metric_feeds()[value])
    if kind == "family":
        found = [metric for metric, entry in _METRICS.items() if entry["family"] == value]
    elif kind == "column":
        found = [
            metric for metric, entry in _METRICS.items() if entry["mart"] == rule_table and value in entry["columns"]
        ]
    else:
        found = []
    if not found:
        raise ValueError(
            f"no metric is named by '{kind}:{value}'; write family:, table: or column: with a family of metrics, a raw "
            "table, or a column of the rule's mart that a metric is counted from"
        )
    return found


@cache
def metric_feeds() -> Mapping[str, tuple[str, ...]]:
    """Metrics that each raw source table feeds, by table name."""
    return {table: tuple(entry["feeds"]) for table, entry in _source_tables().items()}


class SchoolColumn(BaseModel):
    """How a raw table tells which school a row belongs to.

    Attributes:
        table: raw table that gives the school's number; empty when the column holds the number itself.
        key: column of that table that `column` names.
        number: column of that table with the number.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str
    table: str = ""
    key: str = ""
    number: str = ""


@cache
def school_columns() -> Mapping[str, SchoolColumn]:
    """The school of a row, by raw source table; tables whose rows belong to no one school are left out."""
    return {
        table: SchoolColumn.model_validate(entry["school"])
        for table, entry in _source_tables().items()
        if "school" in entry
    }


@cache
def event_dates() -> Mapping[str, str]:
    """Column with the date of what a row reports, by raw source table; tables without one are left out."""
    return {table: entry["event_date"] for table, entry in _source_tables().items() if "event_date" in entry}


def source_tables() -> tuple[str, ...]:
    """Names of the raw source tables, e.g. "oneroster__users"."""
    return tuple(metric_feeds())


@cache
def _source_tables() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.load(SOURCE_TABLES_FILE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return parsed


def load_rules(folder: Path = RULES_DIR) -> tuple[Rule, ...]:
    """Read every rule of a folder, in file order.

    Raises:
        RuleError: a file is not valid, or two rules have the same id and table; the message names them.
    """
    rules: list[Rule] = []
    for path in sorted(folder.glob("*.yml")):
        try:
            document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
            common = {key: value for key, value in document.items() if key != "rules"}
            for entry in document["rules"]:
                rules += [Rule.model_validate(one) for one in _expand({**common, **entry})]
        except (yaml.YAMLError, ValidationError, KeyError, TypeError) as error:
            raise RuleError(f"quality/rules/{path.name} is not a valid rule file: {error}") from error
    keys = [rule.key for rule in rules]
    repeated = sorted({key for key in keys if keys.count(key) > 1})
    if repeated:
        raise RuleError(f"rules defined twice: {', '.join(repeated)}. Give each its own id.")
    return tuple(rules)


def rule_set_version(rules: Iterable[Rule]) -> str:
    """A hash of the rules: the same for the same judgements, in any order."""
    texts = sorted(rule.model_dump_json() for rule in rules)
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


def _expand(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """The rules that an entry of a rule file stands for."""
    if "variants" in entry:
        common = {key: value for key, value in entry.items() if key != "variants"}
        return [
            one
            for variant in entry["variants"]
            for one in _expand(
                _fill({**common, "id": f"{entry['id']}-{variant['name']}"}, variant)
                | ({"metrics": variant["metrics"]} if "metrics" in variant else {})
            )
        ]
    if entry.get("table") == _EVERY_SOURCE_TABLE:
        expanded = []
        for table, fed in metric_feeds().items():
            system, _, name = table.partition("__")
            names = {"table": table, "system": system, "entity": name}
            expanded.append({"metrics": fed, **_fill({**entry, "table": table}, names)})
        return expanded
    if "metrics" not in entry and entry.get("table") in metric_feeds():
        return [{**entry, "metrics": metric_feeds()[entry["table"]]}]
    return [entry]


def _fill(entry: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Replace `{placeholder}` in every text of an entry; SQL may hold other braces, so no str.format."""

    def fill(value: Any) -> Any:
        if isinstance(value, str):
            for name, replacement in values.items():
                value = value.replace("{" + name + "}", str(replacement))
        return [fill(one) for one in value] if isinstance(value, list) else value

    return {key: fill(value) for key, value in entry.items()}
