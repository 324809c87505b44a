"""From a plan to the flat queries that answer it: one, unless groups overlap or membership is that of an earlier year.

A query that groups puts each row into one group, so it cannot count a student in two groups of one lens. A lens whose
groups overlap is therefore asked member by member, with a filter in place of the grouping. All members share one shape,
and with it the compiled SQL.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from api.errors import TooMuchAskedError
from api.semantic.compile import NOT_ENROLLED_AT_BASELINE, FilterShape, Operator, QueryShape, parameter
from api.semantic.lookup import ServedMetric
from api.semantic.manifest import SCHOOL_YEAR, SCOPE, Catalogue, qualified, qualified_before
from api.semantic.request import Filter, QueryPlan

MAX_QUERIES = 400
"""Members of overlapping lenses that are crossed, and years: about two seconds of work."""

Group = tuple[Any, ...]
"""The school year, then the member of each dimension of `group_by`."""


@dataclass(frozen=True)
class FlatQuery:
    """One query: its shape, the values that it is asked with, and where the parts of a row's group come from.

    Attributes:
        columns: the column of the school year and of each dimension that the query groups by, in the order of a group.
        members: for a dimension that the query filters instead, its member, at the same place.
    """

    shape: QueryShape
    parameters: Mapping[str, Any]
    columns: tuple[str | None, ...]
    members: tuple[str | None, ...]
    is_baseline: bool

    def group(self, row: Mapping[str, Any]) -> Group:
        """The group that a row of the answer counts."""
        found = (
            member if column is None else row[column] for column, member in zip(self.columns, self.members, strict=True)
        )
        # An earlier row that is not there leaves no member.
        return tuple(NOT_ENROLLED_AT_BASELINE if part is None and self.is_baseline else part for part in found)


@dataclass(frozen=True)
class _Restriction:
    column: str
    operator: Operator
    values: tuple[Any, ...]


def flat_queries(plan: QueryPlan, metrics: list[ServedMetric]) -> Iterator[FlatQuery]:
    """The queries that count `metrics`, which are of one snapshot and semantic model.

    Raises TooMuchAskedError for a crossing of too many members.
    """
    model, catalogue = metrics[0].definition.semantic_model, metrics[0].snapshot.catalogue
    components = tuple(sorted({component for metric in metrics for component in metric.definition.components}))
    overlapping = {name: catalogue.dimensions[name] for name in plan.group_by if _overlaps(name, catalogue)}
    crossings = list(product(*([member.value for member in dimension.members] for dimension in overlapping.values())))
    spans = _spans(plan)
    if len(crossings) * len(spans) > MAX_QUERIES:
        raise TooMuchAskedError(
            f"Crossing {' and '.join(overlapping)} asks for {len(crossings) * len(spans):,} counts; "
            f"one answer takes {MAX_QUERIES}.",
            where="query parameter 'group_by'",
            remedy="Group by one of them, and filter by a member of the other.",
        )
    for years, before in spans:
        for crossing in crossings:
            chosen = dict(zip(overlapping, crossing, strict=True))
            columns = (
                qualified(model, SCHOOL_YEAR),
                *(None if name in chosen else _column(model, name, before, catalogue) for name in plan.group_by),
            )
            restrictions = [
                _Restriction(qualified(model, SCOPE), "in", (plan.scope,)),
                _Restriction(qualified(model, SCHOOL_YEAR), "in", years),
                *(_restriction(model, one, before, catalogue) for one in plan.filters),
                *(_Restriction(qualified(model, name), "contains", (_delimited(one),)) for name, one in chosen.items()),
            ]
            yield FlatQuery(
                shape=QueryShape(
                    components=components,
                    group_by=tuple(sorted(column for column in columns if column is not None)),
                    filters=tuple(FilterShape(one.column, one.operator, len(one.values)) for one in restrictions),
                ),
                parameters={
                    parameter(index, place): value
                    for index, one in enumerate(restrictions)
                    for place, value in enumerate(one.values)
                },
                columns=columns,
                members=(None, *(chosen.get(name) for name in plan.group_by)),
                is_baseline=plan.baseline_year is not None,
            )


def _spans(plan: QueryPlan) -> list[tuple[tuple[int, ...], int]]:
    """School years that one query counts, and how many years before them membership is read."""
    if plan.baseline_year is None:
        return [(plan.school_years, 0)]
    return [((year,), year - plan.baseline_year) for year in plan.school_years]


def _overlaps(dimension: str, catalogue: Catalogue) -> bool:
    return catalogue.dimensions[dimension].kind == "multi"


def _column(model: str, dimension: str, years_before: int, catalogue: Catalogue) -> str:
    if years_before and catalogue.dimensions[dimension].has_baseline:
        return qualified_before(years_before, dimension)
    return qualified(model, dimension)


def _restriction(model: str, asked: Filter, years_before: int, catalogue: Catalogue) -> _Restriction:
    """A filter as it is compiled; of overlapping groups, it means any of those listed."""
    if _overlaps(asked.dimension, catalogue):
        delimited = tuple(map(_delimited, asked.values))
        return _Restriction(qualified(model, asked.dimension), "contains", delimited)
    column = _column(model, asked.dimension, years_before, catalogue)
    is_earlier = column != qualified(model, asked.dimension)
    return _Restriction(column, "in_earlier" if is_earlier else "in", asked.values)


def _delimited(member: str) -> str:
    """A group as it stands in the text of all groups of a student, `|asian|white|`."""
    return f"|{member}|"
