"""The figures that differ between two snapshots, as readers may see them: rounded, and hidden when too few students."""

from dataclasses import dataclass
from typing import Any

import duckdb

from api.semantic.figures import Components, Figure, derive
from api.snapshots.kept import Pair
from api.suppression import suppression
from quality.comparison.figures import FIGURES_MART, FigureChange, MetricChange, Numbers, figure_changes, metric_changes

_HIDDEN = Figure(None, None, None, None, None, "suppressed", "n_below_minimum")


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
    sides = tuple(_passed(f"{side}.marts.{FIGURES_MART}", failed) for side in ("before", "after"))
    chosen = sides if metric is None else tuple(_of_metric(one, metric) for one in sides)
    listed = figure_changes(pair.connection, *chosen, limit=limit)
    return Compared(
        metrics=metric_changes(pair.connection, *sides),
        figures=tuple(_shown(change, definitions, minimum_n) for change in listed),
        titles={name: one["title"] for side in ("before", "after") for name, one in definitions[side].items()},
        not_compared=tuple(sorted(failed)),
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
    return f"(select * from {figures} where metric_id = {_literal(metric)})"


def _passed(figures: str, failed: set[str]) -> str:
    if not failed:
        return figures
    return f"(select * from {figures} where metric_id not in ({', '.join(map(_literal, sorted(failed)))}))"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
