"""Which figures of `mart_metric_by_group` differ between two relations with its columns, and a hash of figures.

A relation is anything that may follow FROM: `before.marts.mart_metric_by_group`, `read_parquet('…')`, a query in
parentheses. Every snapshot carries the two comparisons as table functions, so that its readers compare as the pipeline
does without importing it; those take each side as a query, such as 'from before.marts.mart_metric_by_group'.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Literal

import duckdb

FIGURES_MART = "mart_metric_by_group"
KEYS = ("metric_id", "school_year", "organization_level", "organization", "dimension", "member")
"""What a figure is known by."""
NUMBERS = ("numerator", "denominator", "n_students", "n_unknown", "value")

FUNCTIONS_SCHEMA = "comparison"
"""Schema of a snapshot that holds the table functions `changed_figures` and `changed_metrics`."""

NO_FIGURES = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""The hash of a metric without a figure: SHA-256 of nothing."""

Change = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of one figure; `value` is in the metric's unit and not rounded, None where it is unknown."""

    numerator: Decimal
    denominator: Decimal
    n_students: int
    n_unknown: int
    value: float | None


@dataclass(frozen=True, slots=True)
class FigureChange:
    """One figure that is not the same in both; `before` is None for an added one, `after` for a removed one."""

    metric_id: str
    school_year: int
    organization_level: str
    organization: str
    dimension: str
    member: str
    change: Change
    before: Numbers | None
    after: Numbers | None


@dataclass(frozen=True, slots=True)
class MetricChange:
    """How many figures of a metric differ, and where.

    Attributes:
        largest_change: of the value, in the metric's unit and without sign; None where no figure has two values.
        schools: numbers of the schools that have a figure that differs.
        groups: the same for groups, as `dimension=member`; the total is `all=all`.
    """

    metric_id: str
    added: int
    removed: int
    changed: int
    largest_change: float | None
    school_years: tuple[int, ...]
    schools: tuple[str, ...]
    groups: tuple[str, ...]

    @property
    def figures(self) -> int:
        """All figures that differ."""
        return self.added + self.removed + self.changed


def changes_sql(before: str, after: str) -> str:
    """A SELECT of the figures that differ: the keys, `change`, and each number as `<number>_before` and `_after`."""
    keys = ", ".join(f"coalesce(b.{key}, a.{key}) as {key}" for key in KEYS)
    numbers = ", ".join(f"b.{name} as {name}_before, a.{name} as {name}_after" for name in NUMBERS)
    same = " and ".join(f"b.{name} is not distinct from a.{name}" for name in NUMBERS)
    return f"""
        select {keys},
            case when b.metric_id is null then 'added' when a.metric_id is null then 'removed' else 'changed' end
                as change,
            {numbers}
        from (select {", ".join(KEYS + NUMBERS)} from {before}) as b
        full outer join (select {", ".join(KEYS + NUMBERS)} from {after}) as a
            on {" and ".join(f"b.{key} = a.{key}" for key in KEYS)}
        where b.metric_id is null or a.metric_id is null or not ({same})
    """


def metric_changes_sql(before: str, after: str) -> str:
    """A SELECT of how many figures of each metric differ, and where; its columns are the fields of MetricChange."""
    return f"""
        select
            metric_id,
            count(*) filter (change = 'added') as added,
            count(*) filter (change = 'removed') as removed,
            count(*) filter (change = 'changed') as changed,
            max(abs(value_after - value_before)) as largest_change,
            list(distinct school_year order by school_year) as school_years,
            coalesce(list(distinct organization order by organization) filter (organization_level = 'school'), [])
                as schools,
            list(distinct dimension || '=' || member order by dimension || '=' || member) as groups
        from ({changes_sql(before, after)})
        group by metric_id
    """


def figure_changes(
    connection: duckdb.DuckDBPyConnection, before: str, after: str, *, limit: int
) -> tuple[FigureChange, ...]:
    """The first `limit` figures that differ, in the order of their keys."""
    columns = (*KEYS, "change", *(f"{name}_{side}" for name in NUMBERS for side in ("before", "after")))
    rows = connection.execute(
        f"select {', '.join(columns)} from ({changes_sql(before, after)}) order by {', '.join(KEYS)} limit {int(limit)}"
    ).fetchall()
    return tuple(_figure_change(dict(zip(columns, row, strict=True))) for row in rows)


def metric_changes(connection: duckdb.DuckDBPyConnection, before: str, after: str) -> tuple[MetricChange, ...]:
    """Each metric that has figures that differ, by id."""
    columns = ", ".join(field.name for field in fields(MetricChange))
    rows = connection.execute(
        f"select {columns} from ({metric_changes_sql(before, after)}) order by metric_id"
    ).fetchall()
    return tuple(
        MetricChange(metric, added, removed, changed, largest, tuple(years), tuple(schools), tuple(groups))
        for metric, added, removed, changed, largest, years, schools, groups in rows
    )


def create_functions(connection: duckdb.DuckDBPyConnection, database: str) -> None:
    """Create the table functions in an attached database: `changed_figures(before, after)` and `changed_metrics`."""
    schema = f"{database}.{FUNCTIONS_SCHEMA}"
    sides = ("query(before_query)", "query(after_query)")
    connection.execute(f"create schema {schema}")
    for name, selected in (("changed_figures", changes_sql(*sides)), ("changed_metrics", metric_changes_sql(*sides))):
        connection.execute(f"create macro {schema}.{name}(before_query, after_query) as table {selected}")


def figure_hashes(connection: duckdb.DuckDBPyConnection, figures: str) -> dict[str, str]:
    """SHA-256 of the figures of each metric in a relation, whatever order and decimal scale they are stored in."""
    # Fixed scale, so that a mart whose decimals are declared anew is not taken for one whose figures changed.
    texts = [*KEYS, *(f"{name}::decimal(38, 12)" for name in ("numerator", "denominator")), *NUMBERS[2:]]
    line = ", ".join(f"coalesce(({text})::varchar, '')" for text in texts)
    rows = connection.execute(
        f"""
        select metric_id, sha256(string_agg(line, chr(10) order by line))
        from (select metric_id, concat_ws(chr(31), {line}) as line from {figures})
        group by metric_id
        order by metric_id
        """
    ).fetchall()
    return {str(metric): str(digest) for metric, digest in rows}


def _figure_change(row: Mapping[str, Any]) -> FigureChange:
    def numbers(side: str, absent: Change) -> Numbers | None:
        return None if row["change"] == absent else Numbers(**{name: row[f"{name}_{side}"] for name in NUMBERS})

    keys = {key: row[key] for key in KEYS}
    return FigureChange(
        **keys, change=row["change"], before=numbers("before", "added"), after=numbers("after", "removed")
    )
