"""What differs between two published states: snapshots, or frozen versions of certification windows."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from quality.certification.figures import SNAPSHOT_FIGURES, window_figures
from quality.certification.frozen import FIGURES_NAME, parquet_relation, version_folder
from quality.certification.steps import frozen_version
from quality.certification.windows import Window
from quality.comparison.figures import FigureChange, MetricChange, figure_changes, metric_changes
from quality.comparison.tables import TableChange, table_changes
from quality.errors import SnapshotError
from quality.published_files import DATABASE_NAME, SNAPSHOTS_NAME
from quality.snapshots import read_facts
from quality.sql_literals import sql_string

_VERSION = re.compile(r"^(?P<window>[a-z0-9][a-z0-9_-]*)@(?P<version>\d+)$")


@dataclass(frozen=True)
class Difference:
    """What differs between two states; empty between a state and itself.

    Attributes:
        tables: marts whose rows differ; None when one of the two is a frozen version, which has figures only.
        metrics: metrics whose figures differ, with how many do and where.
        figures: the first of these figures.
        definitions_changed: metrics that both define, differently; where both say how.
        metrics_added: metrics that only the second defines; `metrics_removed` likewise.
    """

    before: str
    after: str
    tables: tuple[TableChange, ...] | None
    metrics: tuple[MetricChange, ...]
    figures: tuple[FigureChange, ...]
    definitions_changed: tuple[str, ...]
    metrics_added: tuple[str, ...]
    metrics_removed: tuple[str, ...]

    @property
    def figures_total(self) -> int:
        """All figures that differ, also those beyond the limit."""
        return sum(metric.figures for metric in self.metrics)


@dataclass(frozen=True)
class _State:
    """One side of the comparison: where its figures are, and for a frozen version which window's they are."""

    name: str
    database: Path | None
    figures_file: Path | None
    window: Window | None
    definitions: Mapping[str, str]


def difference(serving_dir: Path, before: str, after: str, *, limit: int) -> Difference:
    """Compare two states.

    Args:
        before: id of a snapshot, or `window@version` of a frozen one; `after` likewise. Against a frozen version, only
            the figures of its window are looked at.
        limit: most figures that are listed.

    Raises:
        SnapshotError, CertificationError: there is no such state; the message says what to name instead.
    """
    sides = tuple(_state(serving_dir, name) for name in (before, after))
    windows = [side.window for side in sides if side.window is not None]
    with _attached(sides) as (connection, figures):
        for window in windows:
            figures = [window_figures(window, one) for one in figures]
        is_whole = not windows
        return Difference(
            before=before,
            after=after,
            tables=tuple(one for one in table_changes(connection, "before", "after") if one.differs)
            if is_whole
            else None,
            metrics=metric_changes(connection, *figures),
            figures=figure_changes(connection, *figures, limit=limit),
            **_definitions(sides[0].definitions, sides[1].definitions, windows),
        )


def _state(serving_dir: Path, name: str) -> _State:
    frozen = _VERSION.match(name)
    if frozen is not None:
        window_id, version = frozen["window"], int(frozen["version"])
        record, manifest = frozen_version(serving_dir, window_id, version)
        file = version_folder(serving_dir, window_id, version) / FIGURES_NAME
        return _State(name, None, file, record.definition, manifest.definitions)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise SnapshotError(f"'{name}' is neither a snapshot nor a frozen version; write the latter as spring-2026@1.")
    facts = read_facts(serving_dir, name)
    return _State(name, serving_dir / SNAPSHOTS_NAME / name / DATABASE_NAME, None, None, facts.definitions)


@contextmanager
def _attached(sides: tuple[_State, ...]) -> Iterator[tuple[duckdb.DuckDBPyConnection, list[str]]]:
    """Both sides in one connection, as databases `before` and `after`, and their figures as relations."""
    with duckdb.connect() as connection:
        figures = []
        for alias, side in zip(("before", "after"), sides, strict=True):
            if side.figures_file is not None:
                figures.append(parquet_relation(side.figures_file))
                continue
            connection.execute(f"attach {sql_string(str(side.database))} as {alias} (read_only)")
            figures.append(f"{alias}.{SNAPSHOT_FIGURES}")
        yield connection, figures


def _definitions(
    before: Mapping[str, str], after: Mapping[str, str], windows: list[Window]
) -> dict[str, tuple[str, ...]]:
    in_scope = set.intersection(*({*window.metrics} for window in windows)) if windows else {*before, *after}
    both = sorted(before.keys() & after.keys() & in_scope)
    # A snapshot of a release that did not record definitions says nothing of them.
    is_told = bool(before) and bool(after)
    return {
        "definitions_changed": tuple(metric for metric in both if before[metric] != after[metric]),
        "metrics_added": tuple(sorted((after.keys() - before.keys()) & in_scope)) if is_told else (),
        "metrics_removed": tuple(sorted((before.keys() - after.keys()) & in_scope)) if is_told else (),
    }
