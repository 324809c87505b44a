"""The rule registry: every content judgement, read from `rules/<domain>.yml`.

A rule file gives its domain once and a list of rules. Two shorthands keep the files short:

- `table: every_source_table` makes one rule per raw table; `{table}`, `{system}` and `{entity}` in its SQL
  become that table's names;
- `variants: [{name: attendance, ...}]` makes one rule per variant, its id extended by the name; each other
  key replaces its placeholder, and `metrics` replaces the rule's.

A rule names the metrics that it concerns by id, or by what they have in common, so that a new metric need not be
entered in any rule: `family:attendance`, `table:sis_files__attendance` (those that depend on the raw table) and
`column:has_oss` (those counted from that column of the rule's mart). A rule that names none concerns those that its
table feeds.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from quality.errors import RuleError
from quality.identifying_columns import IDENTIFYING_COLUMNS

RULES_DIR = Path(__file__).parent / "rules"
SOURCE_TABLES_FILE = Path(__file__).parent / "source_tables.yml"
PUBLIC_METRICS_FILE = Path(__file__).parent / "public_metrics.yml"

_METRICS: dict[str, dict[str, Any]] = yaml.load(
    PUBLIC_METRICS_FILE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
)

METRIC_IDS: tuple[str, ...] = tuple(_METRICS)
"""Public metrics that a rule may name."""

ALL_METRICS = "*"

Severity = Literal["fatal", "error", "warn"]
Action = Literal["quarantine", "flag"]
Stage = Literal["raw", "marts"]

_EVERY_SOURCE_TABLE = "every_source_table"


class Rule(BaseModel):
    """One judgement about the content of a table.

    Attributes:
        severity: fatal holds the metrics once more rows fail than tolerated; error and warn only report.
        action: quarantine keeps failing raw rows out of staging; flag leaves them in.
        table: raw table (`oneroster__users`), landing record (`_deliveries`) or mart.
        failing_rows: a SELECT of the failing rows; for raw tables it returns their `_row_id`.
        population: a SELECT of one number, the rows that were judged; default: all rows of the table.
        sample_columns: columns shown beside the pointers of a failing row; never identifying ones.
        explained_by: the one of them whose text, of the first failing row, is told behind the reason.
        tolerance_percent: share of the population that may fail before a fatal rule holds its metrics.
        metrics: ids that the rule concerns, or `*`; families, tables and columns are replaced by their metrics.
        metrics_from: column of the failing rows that names, of these, the metrics that they concern; empty for all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[A-Z]{2}-\d{2}(-[a-z_]+)?$")
    title: str
    domain: str
    severity: Severity
    action: Action = "flag"
    stage: Stage
    table: str
    failing_rows: str
    population: str | None = None
    sample_columns: tuple[str, ...] = ()
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
    def judges_raw_rows(self) -> bool:
        """True when failing rows are rows of a raw source table and so have a `_row_id`."""
        return self.stage == "raw" and self.table in metric_feeds() and "_row_id" in self.failing_rows

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
            for entry in document["rules"]:
                rules += [Rule.model_validate(one) for one in _expand({"domain": document["domain"], **entry})]
        except (yaml.YAMLError, ValidationError, KeyError, TypeError) as error:
            raise RuleError(f"quality/rules/{path.name} is not a valid rule file: {error}") from error
    keys = [rule.key for rule in rules]
    repeated = sorted({key for key in keys if keys.count(key) > 1})
    if repeated:
        raise RuleError(f"rules defined twice: {', '.join(repeated)}. Give each its own id.")
    return tuple(rules)


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
