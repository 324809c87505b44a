"""The figures of a window: which rows of `mart_metric_by_group` they are, and their hashes."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from quality.certification.windows import Window
from quality.comparison.figures import FIGURES_MART, NO_FIGURES, figure_hashes
from quality.errors import CertificationError
from quality.published_files import DATABASE_NAME, SNAPSHOTS_NAME
from quality.sql_literals import sql_string

SNAPSHOT_FIGURES = f"marts.{FIGURES_MART}"


def window_figures(window: Window, figures: str = SNAPSHOT_FIGURES, metrics: Iterable[str] | None = None) -> str:
    """A relation with the figures of a window among those of `figures`.

    Args:
        metrics: only these of the window's.
    """
    chosen = window.metrics if metrics is None else tuple(metrics)
    conditions = [f"metric_id in ({_literals(chosen)})", f"school_year = {window.school_year}"]
    if window.schools:
        conditions.append(f"organization_level = 'school' and organization in ({_literals(window.schools)})")
    return f"(select * from {figures} where {' and '.join(conditions)})"


def window_hashes(
    connection: duckdb.DuckDBPyConnection, window: Window, metrics: Iterable[str] | None = None
) -> dict[str, str]:
    """SHA-256 of the window's figures in an open snapshot or warehouse, for each metric that is asked for."""
    chosen = window.metrics if metrics is None else tuple(metrics)
    found = figure_hashes(connection, window_figures(window, metrics=chosen))
    return {metric: found.get(metric, NO_FIGURES) for metric in chosen}


@contextmanager
def open_snapshot(serving_dir: Path, snapshot_id: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """The database of a published snapshot, for reading. Raises CertificationError when it is not there."""
    path = serving_dir / SNAPSHOTS_NAME / snapshot_id / DATABASE_NAME
    if not path.is_file():
        raise CertificationError(
            f"There is no snapshot {snapshot_id}; `stocktake status` names the one that is served."
        )
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


def _literals(values: Iterable[str]) -> str:
    return ", ".join(sql_string(value) for value in values)
