"""What `stocktake diff` prints: the difference as tables for people, or as JSON for programs."""

import json
from dataclasses import asdict
from decimal import Decimal

from rich.console import Console
from rich.table import Table

from quality.comparison.figures import FigureChange, Numbers
from quality.snapshot_difference import Difference


def difference_as_json(difference: Difference) -> str:
    """The whole difference, as one JSON object."""
    content = {**asdict(difference), "figures_total": difference.figures_total}
    return json.dumps(content, indent=2, default=_number)


def show_difference(difference: Difference, console: Console) -> None:
    """Print marts, definitions, metrics and figures that differ."""
    if difference.tables:
        table = _table("mart", "rows", "added", "removed", "changed", "columns")
        for one in difference.tables:
            rows = f"{_count(one.rows_before)} → {_count(one.rows_after)}"
            columns = [f"+{name}" for name in one.columns_added] + [f"-{name}" for name in one.columns_removed]
            table.add_row(one.table, rows, *map(_count, (one.added, one.removed, one.changed)), ", ".join(columns))
        console.print(table)
    for told, metrics in (
        ("defined otherwise", difference.definitions_changed),
        ("new", difference.metrics_added),
        ("no longer defined", difference.metrics_removed),
    ):
        if metrics:
            console.print(f"{told}: {', '.join(metrics)}", soft_wrap=True, highlight=False)
    if difference.metrics:
        table = _table("metric", "added", "removed", "changed", "by up to", "years", "schools", "groups")
        for metric in difference.metrics:
            largest = "" if metric.largest_change is None else f"{metric.largest_change:.4g}"
            years = ", ".join(map(str, metric.school_years))
            counts = (metric.added, metric.removed, metric.changed)
            table.add_row(
                metric.metric_id,
                *map(_count, counts),
                largest,
                years,
                str(len(metric.schools)),
                str(len(metric.groups)),
            )
        console.print(table)
    if difference.figures:
        table = _table("figure", "year", "organisation", "group", "before", "after")
        for figure in difference.figures:
            table.add_row(
                figure.metric_id,
                str(figure.school_year),
                figure.organization,
                _group(figure),
                _numbers(figure.before),
                _numbers(figure.after),
            )
        console.print(table)
    total, shown = difference.figures_total, len(difference.figures)
    if shown < total:
        console.print(f"The first {shown:,} of {total:,} figures that differ; --limit shows more.", highlight=False)
    defined = (difference.definitions_changed, difference.metrics_added, difference.metrics_removed)
    if not any((difference.tables, difference.metrics, *defined)):
        console.print("Nothing differs.")


def _group(figure: FigureChange) -> str:
    return "all" if figure.dimension == "all" else f"{figure.dimension}={figure.member}"


def _numbers(numbers: Numbers | None) -> str:
    if numbers is None:
        return "none"
    value = "unknown" if numbers.value is None else f"{numbers.value:.4g}"
    return f"{value} ({float(numbers.numerator):g} / {float(numbers.denominator):g}, n {numbers.n_students:,})"


def _count(number: int | None) -> str:
    return "none" if number is None else f"{number:,}"


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading)
    return table


def _number(value: object) -> int | float:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is not JSON")
    return int(value) if value == int(value) else float(value)
