"""The figures that differ between two snapshots, as readers may see them: rounded, and hidden when too few students.

Which figures differ is for the table functions to say that every snapshot carries in its schema `comparison`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import duckdb

from api.semantic.figures import Components, Figure, derive
from api.snapshots.kept import Pair
from api.suppression import suppression

_KEYS = ("metric_id", "school_year", "organization_level", "organization", "dimension", "member")
_NUMBERS = ("numerator", "denominator", "n_students", "n_unknown")
_HIDDEN = Figure(None, None, None, None, None, "suppressed", "n_below_minimum")


@dataclass(frozen=True)
class Numbers:
    """What one figure is made of."""

    numerator: Decimal
    denominator: Decimal
    n_students: int
    n_unknown: int


@dataclass(frozen=True)
class FigureChange:
    """One figure that is not the same in both; `before` is None for an added one, `after` for a removed one."""

    metric_id: str
    school_year: int
    organization_level: str
    organization: str
    dimension: str
    member: str
    change: Literal["added", "removed", "changed"]
    before: Numbers | None
    after: Numbers | None


@dataclass(frozen=True)
class MetricChange:
    """How many figures of a metric differ, and in which years, schools and groups (`dimension=member`)."""

    metric_id: str
    added: int
    removed: int
    changed: int
    school_years: tuple[int, ...]
    schools: tuple[str, ...]
    groups: tuple[str, ...]

    @property
    def figures(self) -> int:
        """All figures that differ."""
        return self.added + self.removed + self.changed


@dataclass(frozen=True)
class ShownChange:
    """One figure that differs; both sides are hidden when either of them, or what lies between, is too small."""

    figure: FigureChange
    before: Figure | None
    after: Figure | None

    @property
    def is_suppressed(self) -> bool:
        """Whether its numbers are hidden."""
        return any(side is not None and side.value_state == "suppressed" for side in (self.before, self.after))


@dataclass(frozen=True)
class Compared:
    """What differs between two snapshots, among the metrics that passed their checks in both.

    Attributes:
        titles: of the metrics, by id.
        not_compared: metrics whose figures failed their checks in one of the two, which are not to be seen.
    """

    metrics: tuple[MetricChange, ...]
    figures: tuple[ShownChange, ...]
    titles: dict[str, str]
    not_compared: tuple[str, ...]


def compare(pair: Pair, *, minimum_n: int, limit: int, metric: str | None = None) -> Compared:
    """Compare the figures of two snapshots.

    Args:
        minimum_n: fewest students that a figure is shown for; a metric may ask for more.
        limit: most figures that are listed.
        metric: list the figures of this metric only.

    Raises:
        duckdb.CatalogException: a snapshot is of a release that published no marts of figures.
    """
    failed = {name for facts in (pair.before, pair.after) for name, one in facts.metrics.items() if one.state == "raw"}
    definitions = {side: _definitions(pair.connection, side) for side in ("before", "after")}
    sides = tuple(_passed(f"{side}.marts.mart_metric_by_group", failed) for side in ("before", "after"))
    chosen = sides if metric is None else tuple(_of_metric(one, metric) for one in sides)
    # The functions of the newer snapshot, which read what the older one holds; ids begin with the time.
    newer = max(("after", "before"), key=lambda side: getattr(pair, side).snapshot_id)
    listed = _figure_changes(pair.connection, f"{newer}.comparison.changed_figures", *chosen, limit=limit)
    return Compared(
        metrics=_metric_changes(pair.connection, f"{newer}.comparison.changed_metrics", *sides),
        figures=tuple(_shown(change, definitions, minimum_n) for change in listed),
        titles={name: one["title"] for side in ("before", "after") for name, one in definitions[side].items()},
        not_compared=tuple(sorted(failed)),
    )


def _figure_changes(
    connection: duckdb.DuckDBPyConnection, function: str, before: str, after: str, *, limit: int
) -> tuple[FigureChange, ...]:
    columns = (*_KEYS, "change", *(f"{name}_{side}" for name in _NUMBERS for side in ("before", "after")))
    rows = connection.execute(
        f"select {', '.join(columns)} from {function}(?, ?) order by {', '.join(_KEYS)} limit ?",
        [before, after, limit],
    ).fetchall()
    return tuple(_figure_change(dict(zip(columns, row, strict=True))) for row in rows)


def _figure_change(row: Mapping[str, Any]) -> FigureChange:
    def numbers(side: str, absent: str) -> Numbers | None:
        return None if row["change"] == absent else Numbers(**{name: row[f"{name}_{side}"] for name in _NUMBERS})

    keys = {key: row[key] for key in _KEYS}
    return FigureChange(
        **keys, change=row["change"], before=numbers("before", "added"), after=numbers("after", "removed")
    )


def _metric_changes(
    connection: duckdb.DuckDBPyConnection, function: str, before: str, after: str
) -> tuple[MetricChange, ...]:
    rows = connection.execute(
        "select metric_id, added, removed, changed, school_years, schools, groups "
        f"from {function}(?, ?) order by metric_id",
        [before, after],
    ).fetchall()
    return tuple(
        MetricChange(metric, added, removed, changed, tuple(years), tuple(schools), tuple(groups))
        for metric, added, removed, changed, years, schools, groups in rows
    )


def _shown(change: FigureChange, definitions: dict[str, dict[str, dict[str, Any]]], minimum_n: int) -> ShownChange:
    sides: list[Figure | None] = []
    fewest = minimum_n
    for name, numbers in (("before", change.before), ("after", change.after)):
        definition = definitions[name].get(change.metric_id)
        if numbers is None or definition is None:
            sides.append(None)
            continue
        fewest = max(fewest, definition["minimum_n_report"])
        sides.append(_figure(numbers, definition, fewest))
    before, after = sides
    hidden = any(side is not None and side.value_state == "suppressed" for side in sides)
    if change.before is not None and change.after is not None:
        # Who came or went between the two is a group as well: what is said of it is the difference of the figures.
        between = abs(change.after.n_students - change.before.n_students)
        hidden = hidden or suppression(between, None, fewest) is not None
    if hidden:
        before, after = before and _HIDDEN, after and _HIDDEN
    return ShownChange(change, before, after)


def _figure(numbers: Numbers, definition: dict[str, Any], minimum_n: int) -> Figure:
    return derive(
        Components(numbers.n_students, numbers.numerator, numbers.denominator, numbers.n_unknown),
        kind=definition["kind"],
        unit=definition["unit"],
        decimals=definition["decimals"],
        minimum_n=minimum_n,
    )


def _definitions(connection: duckdb.DuckDBPyConnection, side: str) -> dict[str, dict[str, Any]]:
    columns = ("metric_id", "title", "kind", "unit", "decimals", "minimum_n_report")
    rows = connection.execute(f"select {', '.join(columns)} from {side}.marts.dim_metric").fetchall()
    return {row[0]: dict(zip(columns, row, strict=True)) for row in rows}


def _of_metric(figures: str, metric: str) -> str:
    return f"select * from ({figures}) where metric_id = {_literal(metric)}"


def _passed(figures: str, failed: set[str]) -> str:
    if not failed:
        return f"from {figures}"
    return f"select * from {figures} where metric_id not in ({', '.join(map(_literal, sorted(failed)))})"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
