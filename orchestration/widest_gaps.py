"""The widest gaps in what was just published, as its marts have them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

MINIMUM_STUDENTS = 30
"""Below this many students on either side a gap is too unsteady to lead a table."""

COMPARED = ("race_ethnicity", "gender", "english_learner", "disability", "economic_disadvantage", "homeless")
"""Dimensions whose groups may lead the table: not places, ages or what a student did before, nor finer cuts."""


@dataclass(frozen=True)
class Gap:
    """A group beside all other students of the district.

    Attributes:
        group_value: the group's figure in percent.
        others_value: the same for everybody else.
        points: how much worse off the group is.
    """

    metric: str
    title: str
    dimension: str
    member: str
    group_value: float
    others_value: float
    points: float
    n_students: int


def widest_gaps(snapshot_file: Path, metrics: Iterable[str], count: int = 8) -> list[Gap]:
    """The widest adverse gap of each metric and dimension in the latest school year, widest first.

    Rates only, and of the variants of one measure the first; unknown members are not groups.

    Args:
        snapshot_file: a published snapshot's DuckDB file.
        metrics: ids of those that are served from it.
    """
    with duckdb.connect(str(snapshot_file), read_only=True) as connection:
        rows = connection.execute(
            """
            select metric_id, title, dimension, member, value, comparator_value, adverse_gap, n_students
            from marts.mart_metric_gap
            inner join marts.dim_metric using (metric_id)
            where comparator = 'all_others'
                and organization_level = 'district'
                and school_year = (select max(school_year) from marts.mart_metric_gap)
                and list_contains($metrics, metric_id)
                and list_contains($compared, dimension)
                and unit = 'percent'
                and metric_id = variant_of
                and member <> 'unknown'
                and least(n_students, comparator_n_students) >= $minimum
                and adverse_gap > 0
            qualify row_number() over (partition by metric_id, dimension order by adverse_gap desc, member) = 1
            order by adverse_gap desc, metric_id
            limit $count
            """,
            {"metrics": list(metrics), "compared": list(COMPARED), "minimum": MINIMUM_STUDENTS, "count": count},
        ).fetchall()
    return [Gap(*row) for row in rows]
